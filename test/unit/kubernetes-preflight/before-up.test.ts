import { describe, expect, it } from 'vitest';
import { checkBeforeUp } from '../../../src/adapters/kubernetes/preflight/check-plan.ts';
import { rememberFacts } from '../../../src/adapters/kubernetes/preflight/probe/facts.ts';
import { personalRights } from '../../../src/adapters/kubernetes/preflight/rights.ts';
import { complaint, passed, type Finding } from '../../../src/application/ports/doctor.ts';
import { DEFAULT_CLUSTER_CHOICES } from '../../../src/application/project.ts';
import type { Plan } from '../../../src/domain/plan/plan.ts';
import { catalogOf, component } from '../../support/catalogs.ts';
import { planOf } from '../../support/plans.ts';
import { preflightStage, type PreflightStage, type Rule, type StageSpec } from './stage.ts';

const PLAN: Plan = planOf(
  catalogOf([
    component({ name: 'web', image: 'registry.example/web:1', dependencies: ['api'] }),
    component({
      name: 'api',
      image: 'registry.example/api:1',
      dependencies: [{ name: 'extra', optional: true }],
    }),
    component({ name: 'extra', image: 'registry.example/extra:1' }),
  ]),
  { changed: ['web'] },
);

const ENFORCED = passed('network policies', 'they are enforced');

/** Of a user who may do all that Offshoot does, but try out pods. */
const RULES: readonly Rule[] = personalRights(DEFAULT_CLUSTER_CHOICES).map(
  ({ verb, group, resource }) => ({ verbs: [verb], apiGroups: [group], resources: [resource] }),
);

async function stageWith(
  spec: StageSpec = {},
  findings: readonly Finding[] = [ENFORCED],
): Promise<PreflightStage> {
  const stage = preflightStage({ rules: RULES, ...spec });
  await rememberFacts(stage.expedition, { findings, images: [] });
  stage.seen.length = 0;
  return stage;
}

async function told({ expedition }: PreflightStage): Promise<readonly string[]> {
  const found = await checkBeforeUp(expedition, PLAN);
  return found.map(({ severity, code, component: of }) =>
    [severity, code, of ?? []].flat().join(' '),
  );
}

describe('before `up`', () => {
  it('nothing is said of what is well, and registries are not asked again', async () => {
    const stage = await stageWith();
    expect(await told(stage)).toEqual([]);
    expect(stage.looked).toHaveLength(3);
    const requests = stage.seen.length;
    stage.seen.length = 0;
    expect(await told(stage)).toEqual([]);
    expect(stage.looked).toHaveLength(3);
    expect(stage.seen.length).toBeLessThan(requests);
    expect(stage.seen.filter((request) => /^(?:create|apply|delete)/u.test(request))).toEqual([]);
  });

  it('missing rights are all that is said', async () => {
    const stage = await stageWith({ rules: [] });
    expect(await told(stage)).toEqual(['error CLUSTER_FORBIDDEN']);
    expect(stage.looked).toEqual([]);
  });

  it('an image that its registry does not have stops it, unless nobody needs it', async () => {
    const missing = await stageWith({
      registry: (image) => ({ state: image.includes('web') ? 'missing' : 'there' }),
    });
    expect(await told(missing)).toEqual(['error IMAGE_PULL_FAILED web']);
    const extra = await stageWith({
      registry: (image) => ({ state: image.includes('extra') ? 'missing' : 'there' }),
    });
    expect(await told(extra)).toEqual(['warning IMAGE_PULL_FAILED extra']);
  });

  it('an image that a node has is not asked for', async () => {
    const stage = await stageWith({ registry: () => ({ state: 'missing' }) });
    const names = ['web', 'api', 'extra'].map((name) => `registry.example/${name}:1`);
    stage.put({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'n' },
      status: {
        images: [{ names }],
        allocatable: { cpu: '8', memory: '8Gi' },
      },
    });
    expect(await told(stage)).toEqual([]);
    expect(stage.looked).toEqual([]);
  });

  it('images of which nothing is known are told in one line', async () => {
    const registry = (): { state: 'unknown'; reason: string } => ({
      state: 'unknown',
      reason: 'no route',
    });
    const stage = await stageWith({ registry });
    const [found, ...more] = await checkBeforeUp(stage.expedition, PLAN);
    expect(more).toEqual([]);
    expect(found).toMatchObject({ severity: 'warning', code: 'PREFLIGHT_FAILED' });
    expect(found?.message).toMatch(/image ".*" and of 2 more .* is not known: no route/u);
  });

  it('policies that nobody may try are told as not known, and nothing is made', async () => {
    const stage = await stageWith({}, []);
    const [found] = await checkBeforeUp(stage.expedition, PLAN);
    expect(found).toMatchObject({ severity: 'warning', code: 'PREFLIGHT_FAILED' });
    expect(found?.message).toContain('create, patch pods');
    expect(stage.seen).not.toContain('create Namespace');
  });

  it('policies that are not enforced are a warning: everything starts', async () => {
    const open = complaint('network policies', 'fail', {
      message: 'a pod that may call nobody reached another',
      code: 'NETWORK_POLICY_NOT_ENFORCED',
      costs: 'environments are not kept apart',
      remedy: 'another plugin',
    });
    expect(await told(await stageWith({}, [open]))).toEqual([
      'warning NETWORK_POLICY_NOT_ENFORCED',
    ]);
  });

  it('a tap that is refused stops what would have one, and nothing else', async () => {
    const refused = complaint('capture', 'fail', {
      message: 'refused',
      code: 'CAPTURE_UNAVAILABLE',
      costs: null,
      remedy: null,
    });
    const findings = [ENFORCED, refused];
    expect(await told(await stageWith({}, findings))).toEqual([]);
    const capture = { mode: 'tap', image: 'offshoot:1', tapImage: 'tap:1' } as const;
    const rules: readonly Rule[] = [
      ...RULES,
      { verbs: ['get'], apiGroups: [''], resources: ['services/proxy'] },
    ];
    const capturing = await stageWith({ rules, settings: { capture } }, findings);
    expect(await told(capturing)).toEqual(['error CAPTURE_UNAVAILABLE']);
    const adding = await stageWith(
      { rules, settings: { capture: { ...capture, addsNetRaw: true } } },
      findings,
    );
    expect(await told(adding)).toEqual([]);
  });

  it('nodes that capture nothing are a warning: everything starts, and no tap is tried', async () => {
    const capture = { mode: 'nodes', tapImage: 'tap:1' } as const;
    const rules: readonly Rule[] = [
      ...RULES,
      { verbs: ['get'], apiGroups: [''], resources: ['services/proxy'] },
    ];
    const stage = await stageWith({ rules, settings: { capture } });
    expect(await told(stage)).toEqual(['warning CAPTURE_UNAVAILABLE']);
    expect(stage.seen).not.toContain('apply Pod');
  });

  it('what a user of a controller may not look at is told and left to it', async () => {
    const stage = await stageWith();
    stage.forbid('list ResourceQuota', 'list Node');
    expect(await told(stage)).toEqual(['warning PREFLIGHT_FAILED']);
  });

  it('what cannot be asked at all is an error of the command', async () => {
    const stage = await stageWith();
    const { expedition } = stage;
    const api = { ...expedition.api, get: () => Promise.reject(new Error('a fault of ours')) };
    await expect(checkBeforeUp({ ...expedition, api }, PLAN)).rejects.toThrow('a fault of ours');
  });
});
