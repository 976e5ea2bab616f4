import { spawn, type ChildProcess } from 'node:child_process';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './free-port.ts';
import { createShop, type Shop } from './shop-repositories.ts';

/**
 * The main job on this machine, as a new user would do it: real Git repositories, real processes, a real
 * database. Each step is an ordinary command, shown before it runs; nothing here knows more than a user.
 */

export interface DemoSettings {
  /** Node and script that run one `offshoot` command. */
  readonly command: readonly [string, ...string[]];
  /** `catalog/shop` of Offshoot. */
  readonly example: string;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

const COUPON = 'feat/coupon';
const EXPRESS = 'feat/express';
const STEP_TIMEOUT_MS = 120_000;
const GONE_TIMEOUT_MS = 60_000;

/** Resolves to true when every step ended as it should. */
export async function runDemo(settings: DemoSettings): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), 'offshoot-demo-'));
  // For root, databases run as another user: if they may pass here, all they have lies here, and goes with it.
  await chmod(folder, 0o711);
  const port = await freePort();
  const shop = await createShop({ example: settings.example, folder, cardNetworkPort: port });
  const cards = startCardNetwork(shop, port);
  const home = join(folder, 'state');
  const stage: Stage = { ...settings, shop, home, failures: [] };
  try {
    await tell(stage);
  } finally {
    await offshoot(stage, ['down', COUPON], 'any');
    await offshoot(stage, ['down', EXPRESS], 'any');
    await offshoot(stage, ['baseline', 'down'], 'any');
    await end(cards);
    await rm(folder, { recursive: true, force: true });
  }
  for (const failure of stage.failures) settings.say(`demo: ${failure}`);
  return stage.failures.length === 0 && !settings.signal.aborted;
}

interface Stage extends DemoSettings {
  readonly shop: Shop;
  readonly home: string;
  readonly failures: string[];
}

async function tell(stage: Stage): Promise<void> {
  const { shop, say } = stage;
  const startedMs = performance.now();

  chapter(stage, 'A company: one Git repository a component, and a catalog of them');
  await offshoot(stage, ['catalog', 'lint']);
  await offshoot(stage, ['catalog', 'graph']);

  chapter(stage, `A developer pushes ${COUPON} to four of the repositories`);
  say(`  pushed to ${(await shop.push(COUPON, 'feat-coupon')).join(', ')}`);
  await offshoot(stage, ['plan', COUPON]);
  const upMs = performance.now();
  await offshoot(stage, ['up', COUPON]);
  say(`  ready after ${seconds(upMs)}`);

  chapter(stage, `Somebody else works on ${EXPRESS}, beside it, on the same baseline`);
  say(`  pushed to ${(await shop.push(EXPRESS, 'feat-express')).join(', ')}`);
  await offshoot(stage, ['up', EXPRESS]);
  await offshoot(stage, ['list']);

  chapter(stage, 'The tests: the coupon does not work yet');
  await offshoot(stage, ['test', COUPON], 3);

  chapter(stage, 'The other environment is not disturbed');
  await offshoot(stage, ['test', EXPRESS]);

  chapter(stage, 'The developer mends it and pushes: only what changed is deployed again');
  say(`  pushed to ${(await shop.push(COUPON, 'feat-coupon-fix')).join(', ')}`);
  await offshoot(stage, ['up', COUPON]);
  await offshoot(stage, ['test', COUPON]);

  chapter(
    stage,
    'Both branches are merged: Offshoot sees it by Git alone and takes everything away',
  );
  await watchUntilGone(stage);
  await offshoot(stage, ['list']);
  await offshoot(stage, ['baseline', 'down']);
  await checkNothingLeft(stage);
  say('');
  say(`  the whole demo took ${seconds(startedMs)}`);
}

/** The follower runs while the branches are merged, as it would all day long. */
async function watchUntilGone(stage: Stage): Promise<void> {
  const watch = start(stage, ['watch', '--interval', '1s']);
  try {
    await sleep(2_500, undefined, { signal: stage.signal });
    for (const branch of [COUPON, EXPRESS]) {
      stage.say(`  merged ${branch} in ${(await stage.shop.merge(branch)).join(', ')}`);
    }
    const endMs = Date.now() + GONE_TIMEOUT_MS;
    while ((await environmentCount(stage)) > 0) {
      if (Date.now() > endMs) {
        stage.failures.push('the environments were not removed after the merge');
        return;
      }
      await sleep(250, undefined, { signal: stage.signal });
    }
  } finally {
    await end(watch);
  }
}

async function environmentCount(stage: Stage): Promise<number> {
  const { output } = await capture(stage, ['list', '-o', 'json']);
  const listed = JSON.parse(output === '' ? '{}' : output) as { environments?: unknown[] };
  return listed.environments?.length ?? 0;
}

async function checkNothingLeft(stage: Stage): Promise<void> {
  const folders = await readdir(join(stage.home, 'environments')).catch(() => []);
  if (folders.length > 0) stage.failures.push(`folders are left: ${folders.join(', ')}`);
  else stage.say('  no environment, no process, no port and no folder is left');
}

function chapter(stage: Stage, title: string): void {
  stage.say('');
  stage.say(`── ${title}`);
}

/** Runs one command with its output shown, and notes when it ended otherwise than it should. */
async function offshoot(
  stage: Stage,
  args: readonly string[],
  expected: number | 'any' = 0,
): Promise<void> {
  if (stage.signal.aborted && expected !== 'any') return;
  if (expected !== 'any') {
    stage.say('');
    stage.say(`$ offshoot ${args.join(' ')}`);
  }
  const code = await exitOf(start(stage, args, expected === 'any' ? 'ignore' : 'inherit'));
  if (expected !== 'any' && code !== expected) {
    stage.failures.push(`"offshoot ${args.join(' ')}" ended with ${code}, expected ${expected}`);
  }
}

function start(
  stage: Stage,
  args: readonly string[],
  output: 'inherit' | 'ignore' | 'pipe' = 'inherit',
): ChildProcess {
  const [program, ...script] = stage.command;
  return spawn(program, [...script, ...args], {
    cwd: stage.shop.project,
    env: { ...process.env, OFFSHOOT_HOME: stage.home },
    stdio: ['ignore', output, output === 'pipe' ? 'ignore' : output],
  });
}

async function capture(
  stage: Stage,
  args: readonly string[],
): Promise<{ readonly code: number | null; readonly output: string }> {
  const child = start(stage, args, 'pipe');
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return { code: await exitOf(child), output };
}

function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill('SIGTERM'), STEP_TIMEOUT_MS);
    const finish = (code: number | null): void => {
      clearTimeout(timer);
      resolve(code);
    };
    child.once('error', () => finish(null));
    child.once('close', finish);
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = new Promise((resolve) => child.once('close', resolve));
  child.kill('SIGTERM');
  await closed;
}

/** What runs elsewhere in the story really does: Offshoot neither starts nor ends it. */
function startCardNetwork(shop: Shop, port: number): ChildProcess {
  return spawn(process.execPath, ['card-network/main.ts'], {
    cwd: shop.cloneOf('card-network'),
    env: { PORT: String(port) },
    stdio: 'ignore',
  });
}

function seconds(sinceMs: number): string {
  return `${((performance.now() - sinceMs) / 1000).toFixed(1)} s`;
}
