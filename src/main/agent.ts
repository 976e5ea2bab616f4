import { EventEmitter } from 'node:events';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AGENT_EXIT } from '../adapters/embedded/agents/agent-exit.ts';
import { listenForWakes, socketPathOf } from '../adapters/embedded/agents/wake-socket.ts';
import { createJunitReader } from '../adapters/junit/read-junit.ts';
import { createLogger } from '../adapters/telemetry/logger.ts';
import { createReconciler, type Reconcile } from '../application/environments/reconcile.ts';
import { runReconciler } from '../application/environments/run-reconciler.ts';
import { leaveNothing } from '../application/environments/tidy.ts';
import type { ProjectSettings } from '../application/project.ts';
import { createTestRunner } from '../application/tests/run-suite.ts';
import { invariant } from '../domain/errors.ts';
import { systemClock } from './clock.ts';
import { openTelemetry } from './machine-telemetry.ts';
import { openMachine, type Machine } from './machine.ts';
import { settingsFor } from './settings.ts';

/**
 * The agent of one environment: parent of its components, owner of its relays, its only reconciler.
 *
 * It lives as long as its environment. Started by whoever finds that nobody holds the lease; ends by
 * itself when the environment is gone, or when another agent was quicker.
 */

const environment = process.argv[2] ?? '';
const home = process.env['OFFSHOOT_HOME'] ?? '';
const log = createLogger({ name: `agent ${environment}` });

const stopping = new AbortController();
const isStopping = stopping.signal;
process.on('SIGTERM', () => stopping.abort());
process.on('SIGINT', () => stopping.abort());

await main();

async function main(): Promise<void> {
  invariant(environment !== '' && home !== '', 'an agent needs an environment and OFFSHOOT_HOME');
  // One process holds every relay's and every component's listeners.
  EventEmitter.defaultMaxListeners = 0;
  for (;;) {
    const settings = await settingsOfEnvironment();
    const machine = openMachine(settings);
    const { leases, store } = machine.state;
    const isMine = await leases.acquireLease(environment, machine.self, machine.isAlive);
    if (isMine) await live(machine, settings);
    // A wish may have come between the last look and the end of the bell: then there is a new life.
    const isWanted = isMine && !isStopping.aborted && (await store.get(environment)) !== null;
    await machine.state.close();
    if (isWanted) continue;
    if (isStopping.aborted) process.exitCode = AGENT_EXIT.stopped;
    else process.exitCode = isMine ? AGENT_EXIT.over : AGENT_EXIT.another;
    return;
  }
}

/**
 * The project may have moved or gone: what it does not say any more has defaults. Nor does one that
 * can't be read keep an environment from going.
 */
async function settingsOfEnvironment(): Promise<ProjectSettings> {
  const probe = openMachine({ home, folder: home, secrets: home });
  const record = await probe.state.store.get(environment);
  await probe.state.close();
  const project = record?.desired === 'up' ? record.spec.project : home;
  const isFile = /\.ya?ml$/u.test(project);
  const settings = await settingsFor(
    isFile ? { project } : {},
    isFile ? dirname(project) : project,
    false,
  );
  return { ...settings, home };
}

async function live(machine: Machine, settings: ProjectSettings): Promise<void> {
  const { state, engine, self } = machine;
  const over = new AbortController();
  // Who holds the lease answers at once, however long it takes to end what a dead agent left.
  let onWake = (): void => undefined;
  const closeBell = await listenForWakes(socketPathOf(home, environment), () => onWake());
  await engine.recover(environment);
  const closeTelemetry = await openTelemetry(machine, settings, environment, log);

  const reconcile = createReconciler({
    store: state.store,
    events: state.store,
    engine,
    clock: systemClock,
    random: Math.random,
    limits: { concurrency: settings.caps.concurrency },
  });
  const tests = testsOf(machine, reconcile);
  const testing: { run: Promise<void> | null } = { run: null };
  const runTests = (): void => {
    testing.run ??= tests
      .runRequested(environment, AbortSignal.any([isStopping, over.signal]))
      .catch((error: unknown) => log.error({ err: error }, 'a test run ended with an error'))
      .finally(() => (testing.run = null));
  };
  let generation = 0;
  const loop = runReconciler({
    name: environment,
    reconcile,
    engine,
    clock: systemClock,
    signal: AbortSignal.any([isStopping, over.signal]),
    async onPass() {
      // Somebody took the whole state away: nothing here has an owner any more.
      if (!existsSync(join(home, 'state.db'))) {
        stopping.abort();
        return;
      }
      const record = await state.store.get(environment);
      if (record === null) over.abort();
      else if ((await state.store.pendingTests(environment)).length > 0) runTests();
      if (record !== null && record.status.observedGeneration !== generation) {
        generation = record.status.observedGeneration;
        log.info({ generation }, 'observed');
      }
    },
  });
  onWake = () => {
    loop.wake();
    runTests();
  };
  log.info({ pid: self.pid }, 'the agent is awake');
  await loop.finished;
  over.abort();
  await testing.run;
  if (!isStopping.aborted) {
    await leaveNothing(leavingPorts(machine, settings));
  }
  await engine.close();
  await closeTelemetry();
  await closeBell();
  await state.leases.releaseLease(environment, self);
  log.info({}, 'the agent ends');
}

function testsOf(
  { state, engine }: Machine,
  reconcile: Reconcile,
): ReturnType<typeof createTestRunner> {
  return createTestRunner({
    reconcile,
    existingBaseline: null,
    tests: state.store,
    events: state.store,
    environments: state.store,
    reports: state.store,
    calls: state.calls,
    engine,
    results: createJunitReader(),
    clock: systemClock,
  });
}

function leavingPorts(
  machine: Machine,
  settings: ProjectSettings,
): Parameters<typeof leaveNothing>[0] {
  const { state, git } = machine;
  return {
    store: state.store,
    demands: state.store,
    testRuns: state.store,
    workingCopies: git.workingCopies,
    agents: machine.agents,
    turns: machine.turns,
    files: null,
    domain: settings.domain,
    project: settings.file ?? settings.folder,
    buildsFromSource: true,
  };
}
