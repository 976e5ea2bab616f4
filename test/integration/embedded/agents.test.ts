import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AGENT_EXIT } from '../../../src/adapters/embedded/agents/agent-exit.ts';
import { createAgents } from '../../../src/adapters/embedded/agents/start-agents.ts';
import { temporaryFolder, type TemporaryFolder } from '../../support/temporary-folder.ts';

const SOURCE = new URL('../../../src/', import.meta.url);
const BELL = new URL('adapters/embedded/agents/wake-socket.ts', SOURCE).href;

let folder: TemporaryFolder;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => folder.remove());

/** Wakes an environment whose agents are these scripts, one after another; the last one for all that follow. */
async function wakeWith(...scripts: readonly string[]): Promise<number> {
  const script = join(folder.path, 'agent.mjs');
  const runs = join(folder.path, 'runs');
  writeFileSync(
    script,
    `import { appendFileSync, readFileSync } from 'node:fs';
     appendFileSync(${JSON.stringify(runs)}, 'x');
     const scripts = ${JSON.stringify(scripts)};
     const run = readFileSync(${JSON.stringify(runs)}).length - 1;
     const AsyncFunction = (async () => {}).constructor;
     await new AsyncFunction('load', scripts[Math.min(run, scripts.length - 1)])((name) => import(name));`,
  );
  await createAgents({ home: folder.path, script }).wake('coupon');
  return existsSync(runs) ? readFileSync(runs).length : 0;
}

const ANSWERS_ONCE = `
  const { listenForWakes, socketPathOf } = await load(${JSON.stringify(BELL)});
  const close = await listenForWakes(socketPathOf(process.env.OFFSHOOT_HOME, 'coupon'), () => void close());
`;

describe('waking the agent of an environment', () => {
  it('starts one when there is none, and returns when it answers', async () => {
    expect(await wakeWith(ANSWERS_ONCE)).toBe(1);
  });

  it('is done when the agent found nothing left to do', async () => {
    expect(await wakeWith(`process.exit(${AGENT_EXIT.over})`)).toBe(1);
  });

  it('goes on while another agent, that does not answer yet, holds the lease', async () => {
    const another = `process.exit(${AGENT_EXIT.another})`;
    expect(await wakeWith(another, another, another, another, ANSWERS_ONCE)).toBe(5);
  });

  it('starts a killed one again', async () => {
    const killed = `process.kill(process.pid, 'SIGKILL'); await new Promise(() => {});`;
    expect(await wakeWith(killed, ANSWERS_ONCE)).toBe(2);
  });

  it('fails when agents fail, with the last words of one', async () => {
    await expect(wakeWith(`console.error('no room'); process.exit(1)`)).rejects.toMatchObject({
      code: 'AGENT_START_FAILED',
      message: 'the agent of "coupon" did not start: no room',
    });
  });

  it('is done for an environment that is gone, whose agent ends by itself', async () => {
    const script = new URL('main/agent.ts', SOURCE).pathname;
    await createAgents({ home: folder.path, script }).wake('gone');
    const log = (): string => readFileSync(join(folder.path, 'agents', 'gone.log'), 'utf8');
    await expect.poll(log, { timeout: 60_000 }).toContain('the agent ends');
  });
});
