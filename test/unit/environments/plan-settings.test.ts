import { describe, expect, it } from 'vitest';
import { planSettingsOf } from '../../../src/application/environments/plan-settings.ts';
import {
  DEFAULT_CLUSTER_CHOICES,
  type ClusterChoices,
  type ProjectSettings,
} from '../../../src/application/project.ts';

const SETTINGS: ProjectSettings = {
  name: 'shop',
  folder: '/shop',
  file: null,
  catalog: [],
  engine: 'kubernetes',
  context: null,
  clusterDomain: 'cluster.local',
  prefix: 'pr',
  domain: 'localhost',
  baselineNamespaces: [],
  cluster: DEFAULT_CLUSTER_CHOICES,
  watchBranches: [],
  ttlMs: null,
  caps: { environments: 5, concurrency: 5 },
  secrets: '/shop/secrets',
  home: '/home',
};

/** Which digests differ after a change. */
function changed(more: Partial<ClusterChoices>, others: Partial<ProjectSettings> = {}): string[] {
  const before = planSettingsOf(SETTINGS);
  const cluster = { ...SETTINGS.cluster, ...more };
  const after = planSettingsOf({ ...SETTINGS, ...others, cluster });
  return (['place', 'pods', 'addresses'] as const).filter(
    (digest) => before?.[digest] !== after?.[digest],
  );
}

describe('settings in the fingerprints of a plan', () => {
  it('are none on the embedded engine', () => {
    expect(planSettingsOf({ ...SETTINGS, engine: 'embedded' })).toBeUndefined();
  });

  it('stay when nothing of the cluster changes', () => {
    expect(changed({}, { home: '/other', caps: { environments: 9, concurrency: 1 } })).toEqual([]);
  });

  const { template, exposure } = SETTINGS.cluster;
  it.each<[string, Partial<ClusterChoices>, readonly string[]]>([
    ['a quota', { template: { ...template, quota: { pods: '5' } } }, ['place']],
    ['a label', { template: { ...template, labels: { team: 'shop' } } }, ['place']],
    ['who may call into it', { ingressNamespaces: ['nginx'] }, ['place']],
    [
      'the capture of calls',
      { capture: { mode: 'tap', image: 'i', tapImage: 't' } },
      ['place', 'pods'],
    ],
    ['secrets of images', { imagePullSecrets: ['pull'] }, ['place', 'pods']],
    ['exposure', { exposure: { ...exposure, kind: 'ingress' } }, ['place', 'addresses']],
  ])('follow %s', (_, more, digests) => {
    expect(changed(more)).toEqual(digests);
  });

  it('follow where the baseline is', () => {
    expect(changed({}, { baselineNamespaces: ['staging'] })).toEqual(['place', 'addresses']);
  });
});
