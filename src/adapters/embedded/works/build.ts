import { createHash } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Component } from '../../../domain/catalog/component.ts';
import { performOneShot } from '../processes/one-shot.ts';
import type { Site, Worktree } from '../site.ts';
import type { UnitContext, UnitWork } from './unit.ts';
import { baseVariables } from '../configuration/variables.ts';
import { MARK, tryLock } from './worktree-lock.ts';

const LOCK_POLL_MS = 100;

/** `embedded.build`, once per worktree and command, whichever environment needs it first. */
export function buildWork(site: Site, component: Component, worktree: Worktree): UnitWork {
  return async (unit) => {
    const { folder } = worktree;
    if (!worktree.isShared) {
      if (await build(site, unit, component, folder)) unit.succeeded();
      return;
    }
    const done = join(folder, `${MARK}built-${hashOf(component.embedded?.build ?? [])}`);
    const release = await lockUnlessDone(site, { folder, done }, unit.signal);
    if (release === null) {
      if (existsSync(done)) unit.succeeded({ message: 'built before' });
      return;
    }
    try {
      if (!(await build(site, unit, component, folder))) return;
      writeFileSync(done, '');
      unit.succeeded();
    } finally {
      release();
    }
  };
}

function build(
  site: Site,
  unit: UnitContext,
  component: Component,
  folder: string,
): Promise<boolean> {
  return performOneShot(
    site,
    unit,
    {
      owner: unit.order.task.id,
      command: component.embedded?.build ?? [],
      folder,
      variables: baseVariables(site.settings.inherited),
      timeoutMs: unit.order.task.timeoutMs,
      log: site.logs.of(`build/${component.name}`),
    },
    'BUILD_FAILED',
  );
}

/** Null when it need not be built any more, or the unit was told to end. */
async function lockUnlessDone(
  site: Site,
  { folder, done }: { readonly folder: string; readonly done: string },
  signal: AbortSignal,
): Promise<(() => void) | null> {
  while (!signal.aborted) {
    if (existsSync(done)) return null;
    const release = tryLock(site.host, folder, 'build');
    if (release !== null) {
      if (!existsSync(done)) return release;
      release();
      return null;
    }
    await site.clock.sleep(LOCK_POLL_MS, signal);
  }
  return null;
}

function hashOf(command: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(command)).digest('hex').slice(0, 16);
}
