import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import {
  environmentDocumentSchema,
  environmentListDocumentSchema,
} from '../../../src/contract/environment-document.ts';
import { explanationSchema } from '../../../src/contract/rest.ts';
import { environmentNameOf } from '../../../src/domain/naming/names.ts';
import { COUPON, smallShop } from '../../support/cli-shop.ts';
import { CliStage, type StageOptions } from '../../support/cli-stage.ts';

const NAME = environmentNameOf('feat/coupon');

function stageOf(options: Partial<StageOptions> = {}): CliStage {
  return new CliStage({ catalog: smallShop(), branches: COUPON, ...options });
}

/** An agent that never does anything. */
const idle = (): Promise<void> => Promise.resolve();

describe('offshoot up', () => {
  it('ends with 0 when the environment is ready, with its document on stdout and progress on stderr', async () => {
    const { code, stdout, stderr } = await stageOf().run(['up', 'feat/coupon', '-o', 'json']);
    expect(code).toBe(0);
    const document = environmentDocumentSchema.parse(JSON.parse(stdout));
    expect(document).toMatchObject({ name: NAME, branch: 'feat/coupon', desired: 'up' });
    expect(document.conditions[0]).toMatchObject({ type: 'Ready', status: 'True' });
    expect(stderr).toContain('deploy/pricing succeeded');
  });

  it('takes the branch as -b too, and prints a table', async () => {
    const { code, stdout } = await stageOf().run(['up', '-b', 'feat/coupon']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^NAME +BRANCH +READY/u);
    expect(stdout).toContain(`http://${NAME}--gateway.localhost`);
  });

  it('prints the same document as YAML', async () => {
    const { stdout } = await stageOf().run(['up', 'feat/coupon', '-o', 'yaml']);
    expect(environmentDocumentSchema.parse(parse(stdout)).name).toBe(NAME);
  });

  it('returns at once with --no-wait', async () => {
    const stage = stageOf({ agent: idle });
    const { code, stdout } = await stage.run(['up', 'feat/coupon', '--no-wait', '-o', 'json']);
    expect(code).toBe(0);
    expect(environmentDocumentSchema.parse(JSON.parse(stdout)).tasks).toEqual([]);
  });

  it('ends with 6 when the wait ends first, and says that the work goes on', async () => {
    const stage = stageOf({ agent: idle });
    const { code, stderr } = await stage.run(['up', 'feat/coupon', '-w', '-t', '2s']);
    expect(code).toBe(6);
    expect(stderr).toContain('WAIT_TIMEOUT');
    expect(stderr).toContain('goes on');
  });

  it('says when nobody goes on with what it does not wait for, and who could', async () => {
    const stage = stageOf({ agent: idle });
    stage.goesOn = false;
    const waited = await stage.run(['up', 'feat/coupon', '-t', '2s']);
    const accepted = await stage.run(['up', 'feat/coupon', '--no-wait']);
    for (const { stderr } of [waited, accepted]) {
      expect(stderr).toContain('nobody goes on with it, as no controller runs');
      expect(stderr).toContain('`offshoot up feat/coupon` does');
    }
    const removed = await stage.run(['down', NAME, '--no-wait']);
    expect(removed.stderr).toContain('this command goes on with the removal before it ends');
    expect([waited.code, accepted.code, removed.code]).toEqual([6, 0, 0]);
  });

  it('waits for as long as it takes with --timeout 0', async () => {
    const stage = stageOf({
      agent: async (of, name) => {
        if (name !== NAME) return;
        void of.clock.sleep(0).then(async () => {
          while (of.clock.nowMs() < Date.UTC(2026, 0, 2)) await of.clock.sleep(3_600_000);
          await of.settle(name);
        });
      },
    });
    expect((await stage.run(['up', 'feat/coupon', '-t', '0'])).code).toBe(0);
  });

  it('ends with the exit code of the task that failed, and shows its last output', async () => {
    const stage = stageOf({
      agent: (of, name) =>
        name === NAME
          ? of.settle(name, {
              'deploy/pricing': {
                state: 'Failed',
                code: 'CRASH_LOOP',
                message: 'ended 3 times with exit code 1',
                evidence: 'starting\nno such module\n',
              },
              'deploy/checkout': { state: 'Aborted', waitsFor: ['deploy/pricing'] },
            })
          : of.settle(name),
    });
    const { code, stderr } = await stage.run(['up', 'feat/coupon']);
    expect(code).toBe(4);
    expect(stderr).toContain('✘ deploy/pricing  CRASH_LOOP: ended 3 times with exit code 1');
    expect(stderr).toContain('    no such module');
    expect(stderr).toContain('1 task aborted: deploy/checkout');
  });

  it('ends with 5 when the machine is to blame', async () => {
    const stage = stageOf({
      agent: async (of, name) => {
        if (name === NAME) {
          await of.settle(name, { 'deploy/pricing': { state: 'Failed', code: 'DISK_FULL' } });
        }
      },
    });
    expect((await stage.run(['up', 'feat/coupon'])).code).toBe(5);
  });

  it('ends with 7 when a newer wish takes over, when it is removed, and when it is interrupted', async () => {
    const superseded = stageOf({
      agent: async (of, name) => {
        const record = await of.store.get(name);
        const plan = record === null ? null : await of.store.plan(record.uid);
        if (name !== NAME || record?.generation !== 1 || plan === null) return;
        await of.store.desire({ name, spec: record.spec, plan, picks: [], findings: [] });
        await of.settle(name);
      },
    });
    const newer = await superseded.run(['up', 'feat/coupon']);
    expect([newer.code, newer.stderr]).toEqual([7, expect.stringContaining('SUPERSEDED')]);

    const removed = stageOf({
      agent: async (of, name) => void (await of.store.desireRemoval(name)),
    });
    expect((await removed.run(['up', 'feat/coupon'])).code).toBe(7);

    const interrupted = stageOf({ agent: idle });
    interrupted.interrupt.abort();
    const { code, stderr } = await interrupted.run(['up', 'feat/coupon']);
    expect([code, stderr]).toEqual([7, expect.stringContaining('interrupted')]);
  });

  it('ends with 8 when the project has as many environments as it allows', async () => {
    const { code, stderr } = await stageOf({ environmentsMax: 0 }).run(['up', 'feat/coupon']);
    expect(code).toBe(8);
    expect(stderr).toContain('QUOTA_EXCEEDED');
  });

  it('ends with 2 before anything is written when the branch changes nothing', async () => {
    const stage = stageOf();
    expect((await stage.run(['up', 'feat/other'])).code).toBe(2);
    expect(await stage.store.list()).toEqual([]);
  });

  it('reports all that the preflight found at once, each with its place and hint', async () => {
    const at = (line: number): { file: string; line: number; column: number } => ({
      file: 'catalog/pricing.yaml',
      line,
      column: 3,
    });
    const { code, stdout, stderr } = await stageOf({
      preflight: [
        { code: 'SECRET_MISSING', severity: 'error', message: 'no "a"', location: at(4) },
        {
          code: 'NOT_EMBEDDABLE',
          severity: 'error',
          message: 'no "b"',
          hint: 'do it',
          location: at(9),
        },
        { code: 'DATA_SPLIT', severity: 'warning', message: 'split', component: 'pricing' },
      ],
    }).run(['up', 'feat/coupon']);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain('catalog/pricing.yaml:4:3: error SECRET_MISSING: no "a"');
    expect(stderr).toContain('catalog/pricing.yaml:9:3: error NOT_EMBEDDABLE: no "b"\n  do it');
    expect(stderr).toContain('pricing: warning DATA_SPLIT: split');
  });

  it('says warnings on stderr and goes on', async () => {
    const { code, stdout, stderr } = await stageOf({
      preflight: [{ code: 'OPTIONAL_DEPENDENCY_MISSING', severity: 'warning', message: 'no ads' }],
    }).run(['up', 'feat/coupon', '-o', 'json']);
    expect(code).toBe(0);
    expect(stderr).toContain('warning OPTIONAL_DEPENDENCY_MISSING: no ads');
    expect(() => JSON.parse(stdout)).not.toThrow();
  });

  it('runs what is pinned and included', async () => {
    const stage = stageOf();
    const args = ['up', 'feat/coupon', '--pin', 'checkout=main', '--include', 'accounts'];
    expect((await stage.run(args)).code).toBe(0);
    const { spec, uid } = await stage.record(NAME);
    expect(spec).toMatchObject({ pins: { checkout: 'main' }, include: ['accounts'] });
    const plan = await stage.store.plan(uid);
    expect(plan?.components.map(({ name }) => name)).toContain('accounts');
  });

  it('pins a component named without a revision to the branch itself', async () => {
    const stage = stageOf();
    await stage.run(['up', 'feat/coupon', '--pin', 'promotions']);
    expect((await stage.record(NAME)).spec.pins).toEqual({ promotions: 'feat/coupon' });
  });
});

describe('offshoot list and status', () => {
  it('list prints nothing but a message when there is nothing, and an empty list as JSON', async () => {
    const table = await stageOf().run(['list']);
    expect(table).toEqual({ code: 0, stdout: '', stderr: 'there is no environment\n' });
    const { stdout, stderr } = await stageOf().run(['list', '-o', 'json']);
    expect(JSON.parse(stdout)).toEqual({ environments: [] });
    expect(stderr).toBe('');
  });

  it('list holds the environments, without the baseline, as the contract says', async () => {
    const stage = stageOf();
    await stage.run(['up', 'feat/coupon']);
    expect((await stage.store.list()).map(({ name }) => name)).toEqual(['baseline', NAME]);
    const { stdout } = await stage.run(['list', '-o', 'json']);
    const { environments } = environmentListDocumentSchema.parse(JSON.parse(stdout));
    expect(environments.map(({ name }) => name)).toEqual([NAME]);
  });

  it('list --removed also holds those of the past', async () => {
    const stage = stageOf();
    await stage.run(['up', 'feat/coupon']);
    await stage.run(['down', 'feat/coupon']);
    expect((await stage.run(['list'])).stdout).toBe('');
    expect((await stage.run(['list', '--removed'])).stdout).toMatch(/feat\/coupon +removed/u);
  });

  it.each(['feat/coupon', NAME])('status finds the environment as %s', async (name) => {
    const stage = stageOf();
    await stage.run(['up', 'feat/coupon']);
    const { code, stdout } = await stage.run(['status', name, '-o', 'json']);
    expect(code).toBe(0);
    expect(environmentDocumentSchema.parse(JSON.parse(stdout)).name).toBe(NAME);
  });

  it('status shows conditions, addresses, tasks and what they wait for', async () => {
    const stage = stageOf({ agent: idle });
    await stage.run(['up', 'feat/coupon', '--no-wait']);
    await stage.settle(NAME, {
      'deploy/promotions': { state: 'Running' },
      'deploy/pricing': { state: 'Pending', waitsFor: ['deploy/promotions'] },
    });
    const { stdout } = await stage.run(['status', NAME]);
    expect(stdout).toContain(`${NAME}  (branch feat/coupon)`);
    expect(stdout).toContain('Ready: False NotReady');
    expect(stdout).toContain(`gateway: http://${NAME}--gateway.localhost`);
    expect(stdout).toMatch(/deploy\/pricing +Pending +0 ms +waits for deploy\/promotions/u);
  });

  it('status of what is not there ends with 2', async () => {
    const { code, stderr } = await stageOf().run(['status', 'nothing']);
    expect(code).toBe(2);
    expect(stderr).toContain('ENVIRONMENT_NOT_FOUND');
    expect(stderr).toContain('offshoot list');
  });

  it('explain says why each component changed and runs at its revision', async () => {
    const stage = stageOf();
    await stage.run(['up', 'feat/coupon']);
    const { stdout } = await stage.run(['explain', 'feat/coupon', '-o', 'json']);
    const { picks, findings } = explanationSchema.parse(JSON.parse(stdout));
    expect(findings.filter(({ changed }) => changed).map(({ component }) => component)).toEqual([
      'pricing',
      'promotions',
    ]);
    expect(picks.map(({ component }) => component)).toContain('checkout');
    const table = await stage.run(['explain', 'feat/coupon']);
    expect(table.stdout).toMatch(/promotions +yes/u);
  });
});

describe('offshoot down', () => {
  it('waits until the environment is gone', async () => {
    const stage = stageOf();
    await stage.run(['up', 'feat/coupon']);
    const { code, stdout, stderr } = await stage.run(['down', 'feat/coupon']);
    expect([code, stdout, stderr]).toEqual([0, '', `${NAME} is gone\n`]);
    expect(await stage.store.get(NAME)).toBeNull();
  });

  it('ends with 0 when there is nothing of that name', async () => {
    const { code, stderr } = await stageOf().run(['down', 'feat/coupon']);
    expect([code, stderr]).toEqual([0, '"feat/coupon" has no environment\n']);
  });

  it('returns at once with --no-wait', async () => {
    const stage = stageOf({ agent: idle });
    await stage.run(['up', 'feat/coupon', '--no-wait']);
    const { code, stderr } = await stage.run(['down', NAME, '--no-wait']);
    expect([code, stderr]).toEqual([0, `${NAME} is being removed\n`]);
    expect((await stage.record(NAME)).desired).toBe('removed');
  });

  it('ends with 6 when something is left after the wait, with 7 when interrupted', async () => {
    const stage = stageOf({ agent: idle });
    await stage.run(['up', 'feat/coupon', '--no-wait']);
    const late = await stage.run(['down', NAME, '-t', '1s']);
    expect([late.code, late.stderr]).toEqual([6, expect.stringContaining('WAIT_TIMEOUT')]);
    stage.interrupt.abort();
    const interrupted = await stage.run(['down', NAME]);
    expect([interrupted.code, interrupted.stderr]).toEqual([
      7,
      expect.stringContaining('CANCELLED'),
    ]);
  });

  it('ends with 7 when the environment is wanted again meanwhile', async () => {
    const stage = stageOf({
      agent: async (of, name) => {
        const record = await of.store.get(name);
        const plan = record === null ? null : await of.store.plan(record.uid);
        if (record?.desired !== 'removed' || plan === null) return;
        await of.store.desire({ name, spec: record.spec, plan, picks: [], findings: [] });
      },
    });
    await stage.run(['up', 'feat/coupon', '--no-wait']);
    const { code, stderr } = await stage.run(['down', NAME]);
    expect([code, stderr]).toEqual([7, expect.stringContaining('wanted again')]);
  });
});

describe('offshoot baseline', () => {
  it('runs what is named, shows it with who asked for it, and ends it', async () => {
    const stage = stageOf();
    expect((await stage.run(['baseline', 'up', 'accounts'])).code).toBe(0);
    const { stdout } = await stage.run(['baseline', 'status', '-o', 'json']);
    const document = JSON.parse(stdout) as { baseline: unknown; demands: unknown };
    expect(environmentDocumentSchema.parse(document.baseline).name).toBe('baseline');
    expect(document.demands).toEqual({ '*': ['accounts'] });
    expect((await stage.run(['baseline', 'status'])).stdout).toContain(
      'asked for by people: accounts',
    );
    const down = await stage.run(['baseline', 'down']);
    expect([down.code, down.stderr]).toEqual([0, 'the baseline runs nothing\n']);
    expect(await stage.store.get('baseline')).toBeNull();
  });

  it('says so when it runs nothing', async () => {
    const stage = stageOf();
    expect((await stage.run(['baseline', 'status'])).stdout).toBe('the baseline runs nothing\n');
    const { code, stderr } = await stage.run(['baseline', 'down']);
    expect([code, stderr]).toEqual([0, 'the baseline runs nothing\n']);
  });

  it('ends with 6 when it does not end in time', async () => {
    const stage = stageOf({ agent: idle });
    expect((await stage.run(['baseline', 'up', 'accounts', '-t', '1s'])).code).toBe(6);
    const { code, stderr } = await stage.run(['baseline', 'down', '-t', '1s']);
    expect([code, stderr]).toEqual([6, expect.stringContaining('"baseline" is still there')]);
  });

  it('goes on for the environments that use it', async () => {
    const stage = stageOf();
    await stage.run(['up', 'feat/coupon']);
    const { code, stderr } = await stage.run(['baseline', 'down']);
    expect([code, stderr]).toEqual([0, `the baseline goes on for ${NAME}\n`]);
  });

  it('ends with 2 for a name that the catalog does not have', async () => {
    expect((await stageOf().run(['baseline', 'up', 'acounts'])).code).toBe(2);
  });
});

describe('what a command opens', () => {
  it('is closed again, also after a failure', async () => {
    const stage = stageOf();
    await stage.run(['status', 'nothing']);
    await stage.run(['list']);
    expect(stage.opened).toEqual(['installation', 'installation']);
    expect(stage.openInstallations).toBe(0);
  });

  it('gets the flags of the program, before and after the command', async () => {
    const stage = stageOf();
    await stage.run(['--project', 'a.yaml', 'list', '--catalog', 'x,y', '--catalog', 'z']);
    expect(stage.asked).toEqual([
      expect.objectContaining({ project: 'a.yaml', catalog: ['x', 'y', 'z'] }),
    ]);
  });
});
