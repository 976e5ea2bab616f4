import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Agents } from '../../../application/ports/agents.ts';
import { OperationError } from '../../../domain/errors.ts';
import { sendWake, socketPathOf } from './wake-socket.ts';

/**
 * Starts an agent for an environment that has none, as a process that outlives the command.
 *
 * Two commands may start two agents at once: the lease lets one of them live, the other ends by itself,
 * and both commands find the living one by its socket.
 */

const START_TIMEOUT_MS = 10_000;
const LOOK_EVERY_MS = 25;
/** An agent may be killed before it is awake. */
const STARTS_MAX = 3;

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
      for (let starts = 0; starts < STARTS_MAX && Date.now() < endMs; starts += 1) {
        const child = startAgent({ home, script }, environment, log);
        while (Date.now() < endMs && !child.failed()) {
          if (await sendWake(path)) return;
          await sleep(LOOK_EVERY_MS);
        }
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
): { failed(): boolean } {
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
  let hasFailed = false;
  child.on('error', () => (hasFailed = true));
  child.on('exit', (code) => (hasFailed = code !== 0));
  child.unref();
  return { failed: () => hasFailed };
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
