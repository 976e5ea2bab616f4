import { cpSync, existsSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import type { SuiteOrder, SuiteResult } from '../../../application/ports/engine.ts';
import { TEST_CALLER, type Component } from '../../../domain/catalog/component.ts';
import { OperationError } from '../../../domain/errors.ts';
import type { AddressBook } from '../addresses/address-book.ts';
import { runToEnd } from '../processes/one-shot.ts';
import { baselineTestKey, listenKey, relayKey } from '../addresses/ports.ts';
import type { Site, Worktree } from '../site.ts';
import { surroundingsOf, telemetryOf } from '../processes/surroundings.ts';
import { baseVariables, renderVariables } from '../configuration/variables.ts';
import { tryLock } from './worktree-lock.ts';
import { definitionOf } from '../../../domain/plan/plan-lookup.ts';

/** Runs test suites as the caller `test`, whose relays see every call they make. */

const JUNIT_BYTES_MAX = 8 * 1024 * 1024;
const OUTPUT_LINES = 30;
/** Logs of so many runs are kept beside the present one. */
const KEPT_RUNS = 20;

export interface SuiteSite {
  readonly site: Site;
  readonly addresses: AddressBook;
}

/** @throws {OperationError} `TEST_SUITE_FAILED_TO_RUN` when it could not even be started. */
export async function runSuite(
  { site, addresses }: SuiteSite,
  order: SuiteOrder,
  signal: AbortSignal,
): Promise<SuiteResult> {
  const { suite, runId, plan } = order;
  const command = suite.command ?? [];
  if (command.length === 0) {
    const message = `suite "${suite.name}" has no "command", and the embedded engine runs no images`;
    throw new OperationError('TEST_SUITE_FAILED_TO_RUN', message);
  }
  // A new agent may be asked for a run before anything else.
  await addresses.adopt(plan);
  const url = await entryUrl(addresses, site, order);
  const variables = await variablesOf(site, order, url);
  forgetOldRuns(site);
  const log = site.logs.of(`test/${runId}`);
  const worktree = await site.checkout(order.revision);
  const place = placeOfItsOwn(site, worktree, order);
  try {
    const junit = suite.junit === undefined ? null : insideOf(place.folder, suite.junit);
    if (junit !== null) rmSync(junit, { force: true });
    const startedAtUs = site.clock.nowMs() * 1_000;
    const end = await runToEnd(
      site,
      {
        owner: `test/${runId}`,
        command,
        folder: place.folder,
        variables: {
          ...variables,
          OFFSHOOT_ENTRY_URL: url,
          OFFSHOOT_ENVIRONMENT: plan.environment,
        },
        timeoutMs: suite.timeoutMs,
        log,
      },
      signal,
    );
    await site.processes.endStragglers(plan.environment, `test/${runId}`);
    addresses.tellOpenCalls();
    return {
      exitCode: end.kind === 'exited' ? end.exit.code : null,
      timedOut: end.kind === 'timeout',
      startedAtUs,
      finishedAtUs: site.clock.nowMs() * 1_000,
      junit: junit === null ? null : readJunit(junit),
      output: log.last(OUTPUT_LINES),
    };
  } finally {
    place.release();
    site.logs.forget(`test/${runId}`);
  }
}

/** Through a relay of the caller `test`, in the environment or to the baseline's own. */
async function entryUrl(addresses: AddressBook, site: Site, order: SuiteOrder): Promise<string> {
  const entry = entryOf(order);
  const [port] = entry.ports;
  if (port === undefined) {
    throw new OperationError('TEST_SUITE_FAILED_TO_RUN', `entry "${entry.name}" has no port`);
  }
  const place = { client: TEST_CALLER, server: entry, port };
  const listened =
    order.target === 'environment'
      ? await addresses.open({ ...place, key: relayKey(TEST_CALLER, entry.name, port.name) })
      : await addresses.open({ ...place, key: baselineTestKey(entry.name, port.name) }, () => {
          const found = site.baselineView.port(listenKey(entry.name, port.name));
          return found === null ? null : { host: '127.0.0.1', port: found };
        });
  return `${port.protocol}://127.0.0.1:${listened}`;
}

function entryOf({ plan, suite }: SuiteOrder): Component {
  const entry = definitionOf(plan, suite.entry);
  if (entry !== undefined) return entry;
  throw new OperationError(
    'TEST_SUITE_FAILED_TO_RUN',
    `the entry "${suite.entry}" of suite "${suite.name}" is neither in the environment nor used by it`,
    { hint: 'take it in with --include or name another suite' },
  );
}

async function variablesOf(
  site: Site,
  order: SuiteOrder,
  url: string,
): Promise<Record<string, string>> {
  const around = await surroundingsOf(site, order.plan, { name: TEST_CALLER, unavailable: [] });
  const { hostname, port } = new URL(url);
  const { plain, secret } = renderVariables(order.suite.environment, null, {
    ...around,
    revision: order.revision,
    entry: { host: hostname, port: Number(port), url },
  });
  return {
    ...baseVariables(site.settings.inherited),
    ...telemetryOf(site, TEST_CALLER),
    ...plain,
    ...secret,
  };
}

interface SuitePlace {
  readonly folder: string;
  release(): void;
}

/**
 * The worktree, which other environments may use too: whoever comes second gets a copy, so that
 * neither finds the other's files.
 */
function placeOfItsOwn(site: Site, worktree: Worktree, order: SuiteOrder): SuitePlace {
  const { folder, isShared } = worktree;
  if (!isShared) return { folder, release: () => undefined };
  const release = tryLock(site.host, folder, 'suite');
  if (release !== null) return { folder, release };
  const copy = join(site.folder.tests, order.runId);
  cpSync(folder, copy, { recursive: true, verbatimSymlinks: true });
  return { folder: copy, release: () => rmSync(copy, { recursive: true, force: true }) };
}

/** @throws {OperationError} when the path leads out of the folder. */
function insideOf(folder: string, path: string): string {
  const whole = resolve(folder, path);
  if (whole.startsWith(folder + sep)) return whole;
  throw new OperationError(
    'TEST_SUITE_FAILED_TO_RUN',
    `"${path}" is not inside the suite's folder`,
  );
}

function readJunit(path: string): string | null {
  if (!existsSync(path) || statSync(path).size > JUNIT_BYTES_MAX) return null;
  return readFileSync(path, 'utf8');
}

function forgetOldRuns(site: Site): void {
  const folder = join(site.folder.logs, 'test');
  if (!existsSync(folder)) return;
  const byAge = readdirSync(folder)
    .map((name) => ({ path: join(folder, name), changedMs: statSync(join(folder, name)).mtimeMs }))
    .toSorted((a, b) => b.changedMs - a.changedMs);
  for (const { path } of byAge.slice(KEPT_RUNS)) rmSync(path, { force: true });
}
