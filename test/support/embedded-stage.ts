import { realpathSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EmbeddedEngine } from '../../src/adapters/embedded/embedded-engine.ts';
import { proveHandshake } from '../../src/adapters/tls/prove-handshake.ts';
import { installationOf } from '../../src/adapters/embedded/environment-folder.ts';
import { processHost } from '../../src/adapters/embedded/processes/process-host.ts';
import type { TaskObservation } from '../../src/application/ports/engine.ts';
import type { EngineLedger } from '../../src/application/ports/engine-ledger.ts';
import type { WorkingCopies } from '../../src/application/ports/repositories.ts';
import type { Call } from '../../src/domain/calls/call.ts';
import type {
  Component,
  EmbeddedRun,
  Port,
  TestSuite,
} from '../../src/domain/catalog/component.ts';
import { systemClock } from '../../src/main/clock.ts';
import { component, type ComponentSpec } from './catalogs.ts';
import { Stage } from './engine-stage.ts';
import { MemoryLedger } from './memory-ledger.ts';

/** The embedded engine in a temporary folder, with components that are small programs of a test's own. */
export interface EmbeddedStage {
  readonly home: string;
  readonly secrets: string;
  readonly project: string;
  readonly ledger: EngineLedger;
  readonly engine: EmbeddedEngine;
  readonly calls: Call[];
  /** Another engine over the same state, as a new agent would have. */
  another(): EmbeddedEngine;
  /** What the engine shows of one Task of the environment `one`. */
  observed(task: string): Promise<TaskObservation | undefined>;
  /** Writes a file of the project; returns its absolute path. */
  file(path: string, text: string): Promise<string>;
  secret(name: string, key: string, value: string): Promise<void>;
  close(): Promise<void>;
}

export const HTTP: readonly Port[] = [{ name: 'http', port: 8080, protocol: 'http' }];
export const POSTGRES: readonly Port[] = [{ name: 'postgres', port: 5432, protocol: 'tcp' }];

export async function embeddedStage(): Promise<EmbeddedStage> {
  const root = await mkdtemp(join(tmpdir(), 'offshoot-test-'));
  // As root, databases run as another user, who must come by here.
  await chmod(root, 0o711);
  const home = join(root, 'home');
  const secrets = join(root, 'secrets');
  const project = join(root, 'project');
  for (const folder of [home, secrets, project]) await mkdir(folder);
  const ledger = new MemoryLedger();
  const calls: Call[] = [];
  const engines: EmbeddedEngine[] = [];
  const another = (): EmbeddedEngine => {
    const made = new EmbeddedEngine(
      { home, secrets, project, inherited: process.env },
      {
        ledger,
        clock: systemClock,
        proveHandshake,
        workingCopies: foldersOf(root),
        sink: () => ({ record: (call) => void calls.push(call) }),
      },
    );
    engines.push(made);
    return made;
  };
  const file = async (path: string, text: string): Promise<string> => {
    const whole = join(project, path);
    await mkdir(dirname(whole), { recursive: true });
    await writeFile(whole, text);
    return whole;
  };
  const engine = another();
  return {
    home,
    secrets,
    project,
    ledger,
    engine,
    calls,
    another,
    file,
    observed: async (id) => (await engine.observe('one')).find(({ task }) => task === id),
    async secret(name, key, value) {
      await mkdir(join(secrets, name), { recursive: true });
      await writeFile(join(secrets, name, key), value);
    },
    async close() {
      for (const each of engines) await each.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** A folder for each revision, empty unless a test fills it. */
function foldersOf(root: string): WorkingCopies {
  return {
    async checkout(repository, sha) {
      const folder = join(root, 'worktrees', `${repository}-${sha}`);
      await mkdir(folder, { recursive: true });
      return folder;
    },
    releaseAllBut: () => Promise.resolve([]),
  };
}

/** Runs a script by `node -e`. */
export function script(text: string): EmbeddedRun {
  return { command: ['node', '-e', text] };
}

/** Answers every request with its own name and its variables, as JSON. */
const ANSWERING = `
  const server = require('node:http').createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ env: process.env, args: process.argv, url: request.url }));
  });
  server.listen(Number(process.env.PORT), '127.0.0.1', () => console.log('listening'));
`;

export function service(spec: ComponentSpec): Component {
  return component({ ports: HTTP, embedded: script(ANSWERING), ...spec });
}

/** Drives plans on a stage of this kind. */
export function driverOf(engine: EmbeddedEngine): Stage {
  const unused = component({ name: 'unused' });
  return new Stage({
    engine,
    actors: {
      works: unused,
      alsoWorks: unused,
      neverReady: unused,
      crashes: unused,
      succeeds: unused,
      fails: unused,
      hangs: unused,
      unfit: [],
    },
    suites: { passes: NO_SUITE, fails: NO_SUITE, hangs: NO_SUITE },
    commands: [],
    provesWiring: true,
    nowMs: () => Date.now(),
    passTime: () => sleep(10),
    answers: () => Promise.resolve(false),
    close: () => Promise.resolve(),
  });
}

const NO_SUITE: TestSuite = {
  name: 'unused',
  entry: 'unused',
  environment: [],
  timeoutMs: 1_000,
  safeOnBaseline: false,
  location: { file: 'suite.yaml', line: 1, column: 1 },
};

/** Numbers of the processes that carry the tags of an environment, or work in its folder. Linux only. */
export function processesOf(home: string, environment: string): readonly number[] {
  const host = processHost();
  const tags = [
    `OFFSHOOT_INSTALLATION=${installationOf(home)}`,
    `OFFSHOOT_ENVIRONMENT=${environment}`,
  ];
  const folder = `${realpathSync(home)}/environments/${environment}`;
  return host
    .table()
    .filter(({ isZombie }) => !isZombie)
    .map(({ pid }) => pid)
    .filter((pid) => host.hasVariables(pid, tags) || host.workingFolder(pid).startsWith(folder));
}
