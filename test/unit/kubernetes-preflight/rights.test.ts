import { describe, expect, it } from 'vitest';
import { missingRights } from '../../../src/adapters/kubernetes/preflight/allowed.ts';
import { checkRights } from '../../../src/adapters/kubernetes/preflight/checks/rights.ts';
import {
  carrierRights,
  personalRights,
  rightsText,
  type Right,
} from '../../../src/adapters/kubernetes/preflight/rights.ts';
import { DEFAULT_CLUSTER_CHOICES, type CaptureChoice } from '../../../src/application/project.ts';
import { preflightStage, type Rule, type StageSpec } from './stage.ts';

const CAPTURE = { mode: 'tap', image: 'offshoot:1', tapImage: 'tap:1' } as const;
const RIGHTS = carrierRights({ ...DEFAULT_CLUSTER_CHOICES, capture: CAPTURE });

function rightTo(verb: string, resource: string): Right {
  const found = RIGHTS.find((right) => right.verb === verb && right.resource === resource);
  if (found === undefined) throw new Error(`no right to ${verb} ${resource}`);
  return found;
}

const SOME = [
  rightTo('create', 'deployments'),
  rightTo('get', 'pods/log'),
  rightTo('get', 'services/proxy'),
  rightTo('update', 'leases'),
];

async function missing(spec: StageSpec): Promise<string> {
  return rightsText(await missingRights(preflightStage(spec).expedition, SOME));
}

const rule = (
  verbs: readonly string[],
  apiGroups: readonly string[],
  resources: readonly string[],
  more: Partial<Rule> = {},
): Rule => ({ verbs, apiGroups, resources, ...more });

describe('rights', () => {
  it.each<[CaptureChoice, readonly string[]]>([
    [{ mode: 'off' }, []],
    [CAPTURE, ['everywhere']],
    [{ mode: 'nodes', tapImage: 'tap:1' }, ['control']],
  ])('to ask analysers are as wide as those are spread: %j', (capture, places) => {
    const rights = carrierRights({ ...DEFAULT_CLUSTER_CHOICES, capture });
    const asking = rights.filter(({ resource }) => resource === 'services/proxy');
    expect(asking.map(({ where }) => where)).toEqual(places);
  });

  it('are all missing without a rule, and named with where they are needed', async () => {
    expect(await missing({ rules: [] })).toBe(
      'create deployments.apps; get pods/log; get services/proxy "offshoot--analyser:7481"; ' +
        'update leases.coordination.k8s.io in the control namespace',
    );
  });

  it.each([
    ['a rule for everything', [rule(['*'], ['*'], ['*', '*/*'])], ''],
    [
      'rules for each',
      [
        rule(['create', 'get'], ['apps'], ['deployments']),
        rule(['get'], [''], ['pods/log', 'services/proxy']),
        rule(['update'], ['coordination.k8s.io'], ['leases']),
      ],
      '',
    ],
    [
      'a rule for objects of other names',
      [rule(['*'], ['*'], ['*', '*/*'], { resourceNames: ['other'] })],
      'create deployments.apps; get pods/log; get services/proxy "offshoot--analyser:7481"; ' +
        'update leases.coordination.k8s.io in the control namespace',
    ],
    [
      'a rule for the named object only',
      [
        rule(['*'], ['apps', 'coordination.k8s.io'], ['*']),
        rule(['get'], [''], ['pods/log']),
        rule(['get'], [''], ['services/proxy'], { resourceNames: ['offshoot--analyser:7481'] }),
      ],
      '',
    ],
    [
      'a rule for the resource without its subresource',
      [rule(['*'], ['*'], ['deployments', 'pods', 'services/proxy', 'leases'])],
      'get pods/log',
    ],
  ])('by %s', async (_, rules, left) => {
    expect(await missing({ rules })).toBe(left);
  });

  it('are asked for one by one where the cluster cannot list them', async () => {
    const spec = { rules: [], incomplete: true, allowed: ['create deployments', 'update leases'] };
    expect(await missing(spec)).toBe('get pods/log; get services/proxy "offshoot--analyser:7481"');
  });

  it('follow the settings: addresses and capture need more', () => {
    const plain = carrierRights(DEFAULT_CLUSTER_CHOICES).length;
    const { exposure } = DEFAULT_CLUSTER_CHOICES;
    const exposed = carrierRights({
      ...DEFAULT_CLUSTER_CHOICES,
      exposure: { ...exposure, kind: 'ingress' },
    });
    expect(exposed.length).toBe(plain + 4);
    expect(RIGHTS.length).toBe(plain + 1);
  });
});

describe('the check of rights', () => {
  const settings = DEFAULT_CLUSTER_CHOICES;
  const ruleOf = ({ verb, group, resource }: Right): Rule => rule([verb], [group], [resource]);
  const asking = personalRights(settings).filter(({ need }) => need === 'ask');

  it('passes whoever may do everything', async () => {
    const found = await checkRights(preflightStage().expedition, null);
    expect(found).toMatchObject([{ outcome: 'pass' }]);
  });

  it('fails who may only ask, unless a controller carries it out', async () => {
    const { expedition } = preflightStage({ rules: asking.map(ruleOf) });
    const alone = await checkRights(expedition, null);
    expect(alone.map(({ outcome }) => outcome)).toEqual(['fail', 'warn']);
    expect(alone[0]).toMatchObject({ code: 'CLUSTER_FORBIDDEN' });
    const led = await checkRights(expedition, 'controller-0');
    expect(led.map(({ outcome }) => outcome)).toEqual(['warn']);
  });

  it('fails who may not even ask', async () => {
    const { expedition } = preflightStage({ rules: asking.slice(1).map(ruleOf) });
    const [found] = await checkRights(expedition, 'controller-0');
    expect(found).toMatchObject({
      outcome: 'fail',
      message: 'you may not: get environments.offshoot.dev',
    });
  });
});
