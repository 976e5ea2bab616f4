import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { COUPON, smallShop } from '../../support/cli-shop.ts';
import { CliStage } from '../../support/cli-stage.ts';

const ESCAPE = String.fromCodePoint(0x1b);

async function stageWithCoupon(): Promise<CliStage> {
  const stage = new CliStage({ catalog: smallShop(), branches: COUPON });
  await stage.run(['up', 'feat/coupon']);
  return stage;
}

describe('offshoot logs', () => {
  async function stageWithLogs(): Promise<CliStage> {
    const stage = await stageWithCoupon();
    stage.logLines = [
      { at: '2026-01-01T00:00:00.000Z', stream: 'stdout', text: 'listening' },
      {
        at: '2026-01-01T00:00:01.000Z',
        stream: 'stderr',
        text: `${ESCAPE}[33mslow${ESCAPE}[0m${ESCAPE}[2J`,
      },
    ];
    return stage;
  }

  it('prints the lines as they are, but nothing that a terminal obeys', async () => {
    const stage = await stageWithLogs();
    const { code, stdout } = await stage.run(['logs', 'feat/coupon', 'pricing']);
    expect([code, stdout]).toEqual([0, 'listening\nslow\\x1b[2J\n']);
  });

  it('prints the time with --timestamps', async () => {
    const stage = await stageWithLogs();
    const { stdout } = await stage.run(['logs', 'feat/coupon', 'pricing', '--timestamps']);
    expect(stdout).toMatch(/^2026-01-01T00:00:00.000Z listening\n/u);
  });

  it('prints a document a line as JSON and as YAML, the text whole', async () => {
    const stage = await stageWithLogs();
    const json = await stage.run(['logs', 'feat/coupon', 'pricing', '-o', 'json']);
    const documents = json.stdout
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    expect(documents).toEqual(stage.logLines);
    const yaml = await stage.run(['logs', 'feat/coupon', 'pricing', '-o', 'yaml']);
    const parsed = parseAllDocuments(yaml.stdout).map((document): unknown => document.toJS());
    expect(parsed[0]).toEqual(stage.logLines[0]);
    expect(parsed).toHaveLength(2);
  });

  it('asks for what the flags say', async () => {
    const stage = await stageWithLogs();
    await stage.run(['logs', 'feat/coupon', 'build/pricing', '--tail', '20', '-f']);
    expect(stage.logged[0]).toMatchObject({
      component: 'build/pricing',
      options: { tail: 20, follow: true },
    });
    await stage.run(['logs', 'feat/coupon', 'pricing']);
    expect(stage.logged[1]?.options).not.toHaveProperty('tail');
  });

  it('refuses a tail that is no count', async () => {
    const { code } = await (await stageWithLogs()).run(['logs', 'a', 'b', '--tail', 'many']);
    expect(code).toBe(2);
  });
});

describe('offshoot exec', () => {
  it('runs the words after -- as they are and ends with their exit code', async () => {
    const stage = await stageWithCoupon();
    stage.execCode = 42;
    const words = ['psql', '-o', 'json', '--help', '--', 'x'];
    const { code, stdout } = await stage.run(['exec', 'feat/coupon', 'pricing', '--', ...words]);
    expect([code, stdout]).toEqual([42, '']);
    expect(stage.executed).toEqual([
      { environment: (await stage.store.list())[1]?.name, component: 'pricing', command: words },
    ]);
  });

  it('takes the flags of the program before --', async () => {
    const stage = await stageWithCoupon();
    await stage.run(['exec', '--project', 'p.yaml', 'feat/coupon', 'pricing', '--', 'env']);
    expect(stage.asked.at(-1)).toMatchObject({ project: 'p.yaml' });
    expect(stage.executed).toHaveLength(1);
  });

  it('needs something to run, and an environment', async () => {
    const stage = await stageWithCoupon();
    expect((await stage.run(['exec', 'feat/coupon', 'pricing'])).code).toBe(2);
    const { code, stderr } = await stage.run(['exec', 'nothing', 'pricing', '--', 'env']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('ENVIRONMENT_NOT_FOUND')]);
    expect(stage.executed).toEqual([]);
  });
});

describe('offshoot watch', () => {
  it('looks every 30 s unless told, and says on stderr what it does', async () => {
    const stage = await stageWithCoupon();
    const { code, stdout, stderr } = await stage.run(['watch']);
    expect([code, stdout, stderr]).toEqual([0, '', 'feat/coupon: brought up\n']);
    await stage.run(['watch', '--interval', '5s']);
    expect(stage.watched.map(({ intervalMs }) => intervalMs)).toEqual([30_000, 5_000]);
  });

  it('refuses to look more seldom than every 30 s', async () => {
    const { code, stderr } = await (await stageWithCoupon()).run(['watch', '--interval', '1m']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('30s at most')]);
  });
});

describe('offshoot serve', () => {
  it('hands on its flags', async () => {
    const stage = await stageWithCoupon();
    await stage.run(['serve', '--port', '0', '--no-watch']);
    expect(stage.served).toEqual([
      { port: 0, healthPort: 7401, healthHost: '127.0.0.1', host: '127.0.0.1', watch: false },
    ]);
  });

  it('refuses what is no port', async () => {
    const stage = await stageWithCoupon();
    expect((await stage.run(['serve', '--port', 'http'])).code).toBe(2);
    expect(stage.served).toEqual([]);
  });
});

describe('a failure that nobody expected', () => {
  it('ends with 1 and asks to be reported', async () => {
    const stage = await stageWithCoupon();
    stage.store.list = () => Promise.reject(new TypeError('list is broken'));
    const { code, stdout, stderr } = await stage.run(['list']);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('INTERNAL: TypeError: list is broken');
    expect(stderr).toContain('please report it');
    expect(stage.openInstallations).toBe(0);
  });
});
