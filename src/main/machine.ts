import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createAgents } from '../adapters/embedded/agents/start-agents.ts';
import { EmbeddedEngine } from '../adapters/embedded/embedded-engine.ts';
import { proveHandshake } from '../adapters/tls/prove-handshake.ts';
import { identityOf, isAlive, processHost } from '../adapters/embedded/processes/process-host.ts';
import { createGit, type GitAdapter } from '../adapters/git/git.ts';
import { openState, type State } from '../adapters/sqlite/state.ts';
import type { Agents } from '../application/ports/agents.ts';
import type { ProcessIdentity } from '../application/ports/engine-ledger.ts';
import type { Turns } from '../application/ports/turns.ts';
import type { ProjectSettings } from '../application/project.ts';
import type { Call } from '../domain/calls/call.ts';
import { invariant } from '../domain/errors.ts';
import { systemClock } from './clock.ts';
import { scriptOf } from './places.ts';
import { createTurns } from './turns.ts';

/** What every process of the embedded engine on this machine opens: state, Git, engine, agents. */
export interface Machine {
  readonly state: State;
  readonly git: GitAdapter;
  readonly engine: EmbeddedEngine;
  readonly agents: Agents;
  readonly turns: Turns;
  /** This process. */
  readonly self: ProcessIdentity;
  readonly isAlive: (process: ProcessIdentity) => boolean;
  readonly telemetry: Telemetry;
}

/** What an agent adds once its environment lives. */
export interface Telemetry {
  /** Where components send their spans. */
  endpoint: string | null;
  /** Hears of every captured call too. */
  onCall: ((call: Call) => void) | null;
}

export function openMachine(
  settings: Pick<ProjectSettings, 'home' | 'folder' | 'secrets'>,
): Machine {
  const { home } = settings;
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const state = openState(join(home, 'state.db'), { clock: systemClock });
  const git = createGit({ home, folder: settings.folder, variables: process.env });
  const telemetry: Telemetry = { endpoint: null, onCall: null };
  const engine = new EmbeddedEngine(
    {
      otlpEndpoint: () => telemetry.endpoint,
      home,
      secrets: settings.secrets,
      project: settings.folder,
      inherited: process.env,
    },
    {
      ledger: state.ledger,
      workingCopies: git.workingCopies,
      clock: systemClock,
      proveHandshake,
      sink(environment) {
        const sink = state.callSink(environment);
        return {
          record(call) {
            sink.record(call);
            telemetry.onCall?.(call);
          },
        };
      },
    },
  );
  const host = processHost();
  const self = identityOf(host, process.pid);
  invariant(self !== null, 'a process finds itself among the processes');
  const isHolderAlive = (holder: ProcessIdentity): boolean => isAlive(host, holder);
  return {
    state,
    git,
    engine,
    agents: createAgents({ home, script: scriptOf('agent') }),
    turns: createTurns({ leases: state.leases, clock: systemClock, self, isAlive: isHolderAlive }),
    self,
    isAlive: isHolderAlive,
    telemetry,
  };
}
