import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Agents } from '../../../application/ports/agents.ts';
import { OperationError } from '../../../domain/errors.ts';
import { AGENT_EXIT } from './agent-exit.ts';
import { sendWake, socketPathOf } from './wake-socket.ts';

/**
 * Starts an agent for an environment that has none, as a process that outlives the command.
 *
 * Two commands may start two agents at once: the lease lets one of them live, the other ends by itself,
 * and both commands find the living one by its socket.
 */

/** On a busy machine a process of Node takes many seconds to begin. */
const START_TIMEOUT_MS = 30_000;
const LOOK_EVERY_MS = 25;
/** An agent may be killed before it is awake. */
const FAILURES_MAX = 3;
/** Who holds the lease wakes up soon, or is about to end and leaves the next life to another. */
const RIVAL_PAUSE_MS = 250;

/** In place of the exit code of an agent that has none. */
const KILLED = -1;

export interface AgentSettings {
  readonly home: string;
  /** The script of the agent. */
  readonly script: string;
}

export function createAgents({ home, script }: AgentSettings): Agents {
  return {
    async wake(environment) {
      const path = socketPathOf(home, environment);
      if (await sendWake(path)) return;
      const log = agentLogOf(home, environment);
      const endMs = Date.now() + START_TIMEOUT_MS;
      let failures = 0;
      while (failures < FAILURES_MAX && Date.now() < endMs) {
        const child = startAgent({ home, script }, environment, log);
        while (Date.now() < endMs && child.exitCode() === null) {
          if (await sendWake(path)) return;
          await sleep(LOOK_EVERY_MS);
        }
        // It began after whatever was wished, so it saw it: there is nothing to reconcile any more.
        if (child.exitCode() === AGENT_EXIT.over) return;
        if (child.exitCode() === AGENT_EXIT.another) await sleep(RIVAL_PAUSE_MS);
        else failures += 1;
        if (await sendWake(path)) return;
      }
      throw new OperationError(
        'AGENT_START_FAILED',
        `the agent of "${environment}" did not start: ${lastLineOf(log)}`,
        { hint: `read "${log}"` },
      );
    },
  };
}

function agentLogOf(home: string, environment: string): string {
  return join(home, 'agents', `${environment}.log`);
}

function startAgent(
  { home, script }: AgentSettings,
  environment: string,
  log: string,
): { exitCode(): number | null } {
  mkdirSync(join(home, 'agents'), { recursive: true, mode: 0o700 });
  const output = openSync(log, 'a', 0o600);
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', script, environment],
    {
      detached: true,
      stdio: ['ignore', output, output],
      cwd: home,
      env: agentVariables(home),
    },
  );
  closeSync(output);
  let exitCode: number | null = null;
  child.on('error', () => (exitCode = KILLED));
  child.on('exit', (code) => (exitCode = code ?? KILLED));
  child.unref();
  return { exitCode: () => exitCode };
}

/** Which project an environment belongs to is recorded; that of the command that wakes it may be another. */
function agentVariables(home: string): NodeJS.ProcessEnv {
  const { OFFSHOOT_PROJECT: _, OFFSHOOT_CATALOG: __, ...inherited } = process.env;
  return { ...inherited, OFFSHOOT_HOME: home };
}

function lastLineOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').at(-1) ?? 'its log is empty';
  } catch {
    return 'it wrote no log';
  }
}
