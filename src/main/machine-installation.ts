import { tidyUp } from '../application/environments/tidy.ts';
import type { ProjectSettings } from '../application/project.ts';
import { OperationError } from '../domain/errors.ts';
import type { OpenInstallation } from './open-installation.ts';
import { openMachine, type Machine } from './machine.ts';
import { useCasesOf } from './use-cases.ts';

/** Between two looks at whether every agent still lives, while a command waits or serves. */
const KEEP_AWAKE_MS = 2_000;
const POLL_MS = 50;

/** The use cases of one project on this machine. */
export function openOnMachine(
  settings: ProjectSettings,
  onTrouble: (line: string) => void,
): OpenInstallation {
  const machine = openMachine(settings);
  const { state, git, engine, agents, turns } = machine;
  const place = {
    git,
    store: state.store,
    memories: state.branches,
    answers: state.answers,
    calls: state.calls,
    engine,
    existingBaseline: null,
    files: null,
    agents,
    turns,
    buildsFromSource: true,
  };
  const revive = async (): Promise<readonly string[]> => {
    await tidyUp(tidyPortsOf(machine, settings));
    const living = await state.store.list();
    const woken = await Promise.allSettled(living.map(({ name }) => agents.wake(name)));
    return woken.flatMap((one) => (one.status === 'rejected' ? [messageOf(one.reason)] : []));
  };
  const keeping = keepAwake(revive);
  const reviveAll = async (): Promise<void> => {
    for (const line of await revive()) onTrouble(line);
  };
  return {
    ...useCasesOf(place, settings),
    pollMs: POLL_MS,
    onCommit: (listener, intervalMs) => state.onCommit(listener, intervalMs),
    revive: reviveAll,
    adopt: reviveAll,
    // Each has an agent of its own, which outlives the command.
    goesOn: () => Promise.resolve(true),
    async close() {
      await keeping.stop();
      await state.close();
    },
  };
}

/** A waiting command must not wait for an agent that was killed meanwhile. */
function keepAwake(revive: () => Promise<unknown>): { stop(): Promise<void> } {
  let isRunning = false;
  let last: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    if (isRunning) return;
    isRunning = true;
    // What fails now is tried again soon, and the next command says why.
    last = revive()
      .catch(() => undefined)
      .finally(() => (isRunning = false));
  }, KEEP_AWAKE_MS);
  timer.unref();
  return {
    async stop() {
      clearInterval(timer);
      await last;
    },
  };
}

function tidyPortsOf(machine: Machine, settings: ProjectSettings): Parameters<typeof tidyUp>[0] {
  const { state, git, agents, turns, isAlive } = machine;
  return {
    store: state.store,
    demands: state.store,
    leases: state.leases,
    testRuns: state.store,
    workingCopies: git.workingCopies,
    agents,
    turns,
    files: null,
    isAlive,
    domain: settings.domain,
    project: settings.file ?? settings.folder,
    buildsFromSource: true,
  };
}

function messageOf(error: unknown): string {
  if (error instanceof OperationError) return `${error.code}: ${error.message}\n  ${error.hint}`;
  return error instanceof Error ? error.message : String(error);
}
