import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createAgents } from '../adapters/embedded/agents/start-agents.ts';
import { EmbeddedEngine } from '../adapters/embedded/embedded-engine.ts';
import { createGit, type GitAdapter } from '../adapters/git/git.ts';
import { openState, type State } from '../adapters/sqlite/state.ts';
import type { Agents } from '../application/ports/agents.ts';
import type { ProjectSettings } from '../application/project.ts';
import { systemClock } from './clock.ts';
import { scriptOf } from './places.ts';

/** What every process of the embedded engine on this machine opens: state, Git, engine, agents. */
export interface Machine {
  readonly state: State;
  readonly git: GitAdapter;
  readonly engine: EmbeddedEngine;
  readonly agents: Agents;
}

export function openMachine(
  settings: Pick<ProjectSettings, 'home' | 'folder' | 'secrets'>,
): Machine {
  const { home } = settings;
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const state = openState(join(home, 'state.db'), { clock: systemClock });
  const git = createGit({ home, folder: settings.folder, variables: process.env });
  const engine = new EmbeddedEngine(
    { home, secrets: settings.secrets, project: settings.folder, inherited: process.env },
    {
      ledger: state.ledger,
      workingCopies: git.workingCopies,
      clock: systemClock,
      sink: (environment) => state.callSink(environment),
    },
  );
  return { state, git, engine, agents: createAgents({ home, script: scriptOf('agent') }) };
}
