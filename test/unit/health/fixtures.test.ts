import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { asObject } from '../../../src/adapters/kubernetes/client/answers.ts';
import type { ResourceType } from '../../../src/adapters/kubernetes/client/kube-object.ts';
import { RESOURCE_TYPES } from '../../../src/adapters/kubernetes/client/resource-types.ts';
import { EnvironmentView } from '../../../src/adapters/kubernetes/watch/environment-view.ts';
import { reduceObject } from '../../../src/adapters/kubernetes/watch/reduce.ts';
import { Warnings } from '../../../src/adapters/kubernetes/watch/warnings.ts';
import { listAt, textAt } from '../../../src/adapters/kubernetes/client/read-object.ts';

/**
 * Objects as a real cluster shows them, one file a kind and state, and what they say about their Task.
 * `at` in the file is when they are looked at; the first look was half a minute before.
 */
const FOLDER = new URL('../../fixtures/kubernetes-health/', import.meta.url);

const EXPECTED: Readonly<Record<string, string>> = {
  'config-map/present': 'Succeeded',
  'daemon-set/crash-loop': 'Failed CRASH_LOOP',
  'daemon-set/healthy': 'Succeeded',
  'daemon-set/image-pull-failed': 'Failed IMAGE_PULL_FAILED',
  'daemon-set/missing-command': 'Failed COMMAND_NOT_FOUND',
  'daemon-set/missing-secret': 'Failed CONTAINER_CONFIGURATION',
  'daemon-set/one-node-missing': 'Running',
  'daemon-set/out-of-memory': 'Failed OUT_OF_MEMORY',
  'daemon-set/processor-limit-ignored': 'Failed SETTING_IGNORED',
  'daemon-set/startup-probe-failing-ended-well': 'Failed PROBE_FAILING',
  'deployment/admission-denied': 'Failed ADMISSION_DENIED',
  'deployment/crash-loop': 'Failed CRASH_LOOP',
  'deployment/healthy': 'Succeeded',
  'deployment/image-pull-failed': 'Failed IMAGE_PULL_FAILED',
  'deployment/invalid-image-name': 'Failed IMAGE_PULL_FAILED',
  'deployment/memory-limit-ignored': 'Failed SETTING_IGNORED',
  'deployment/missing-command': 'Failed COMMAND_NOT_FOUND',
  'deployment/missing-secret': 'Failed CONTAINER_CONFIGURATION',
  'deployment/not-looked-at': 'Running',
  'deployment/old-revision-broken': 'Succeeded',
  'deployment/out-of-memory': 'Failed OUT_OF_MEMORY',
  'deployment/probe-failing': 'Failed PROBE_FAILING',
  'deployment/processor-limit-ignored': 'Failed SETTING_IGNORED',
  'deployment/quota-exceeded': 'Failed QUOTA_EXCEEDED',
  'deployment/recovered': 'Succeeded',
  'deployment/started-again': 'Running',
  'deployment/starting': 'Running',
  'deployment/startup-probe-failing-ended-well': 'Failed PROBE_FAILING',
  'deployment/unschedulable': 'Failed UNSCHEDULABLE',
  'endpoint-slice/nobody-ready': 'Running',
  'endpoint-slice/ready': 'Succeeded',
  'http-route/about-an-older-generation': 'Running',
  'http-route/accepted': 'Succeeded',
  'http-route/nobody-looked': 'Running',
  'http-route/pending': 'Running',
  'http-route/refused': 'Failed ADMISSION_DENIED',
  'ingress/present': 'Succeeded',
  'job/deadline-exceeded': 'Failed TASK_TIMEOUT',
  'job/deploy-failed': 'Failed DATASTORE_FAILED',
  'job/evicted': 'Failed EVICTED',
  'job/failed': 'Failed JOB_FAILED',
  'job/failed-without-pod': 'Failed JOB_FAILED',
  'job/image-pull-failed': 'Failed IMAGE_PULL_FAILED',
  'job/migrate-failed': 'Failed MIGRATION_FAILED',
  'job/missing-command': 'Failed COMMAND_NOT_FOUND',
  'job/missing-secret': 'Failed CONTAINER_CONFIGURATION',
  'job/out-of-memory': 'Failed OUT_OF_MEMORY',
  'job/quota-exceeded': 'Failed QUOTA_EXCEEDED',
  'job/running': 'Running',
  'job/seed-failed': 'Failed SEED_FAILED',
  'job/succeeded': 'Succeeded',
  'job/unschedulable': 'Failed UNSCHEDULABLE',
  'namespace/active': 'Succeeded',
  'namespace/terminating': 'Running',
  'namespace/terminating-silently': 'Running',
  'persistent-volume-claim/bound': 'Succeeded',
  'persistent-volume-claim/lost': 'Failed DATASTORE_FAILED',
  'persistent-volume-claim/pending': 'Running',
  'pod/completed': 'Succeeded',
  'pod/crash-loop': 'Failed CRASH_LOOP',
  'pod/ended': 'Failed CRASH_LOOP',
  'pod/evicted': 'Failed EVICTED',
  'pod/image-pull-failed': 'Failed IMAGE_PULL_FAILED',
  'pod/init-container-crash-loop': 'Failed CRASH_LOOP',
  'pod/missing-command': 'Failed COMMAND_NOT_FOUND',
  'pod/missing-secret': 'Failed CONTAINER_CONFIGURATION',
  'pod/not-ready-for-minutes': 'Running',
  'pod/not-ready-for-too-long': 'Failed PROBE_FAILING',
  'pod/out-of-memory': 'Failed OUT_OF_MEMORY',
  'pod/pending': 'Running',
  'pod/ready': 'Succeeded',
  'pod/ready-after-init': 'Succeeded',
  'pod/startup-probe-failing-ended-well': 'Failed PROBE_FAILING',
  'pod/unschedulable': 'Failed UNSCHEDULABLE',
  'replica-set/present': 'Succeeded',
  'resource-quota/counted': 'Succeeded',
  'resource-quota/not-counted': 'Running',
  'service/cluster-ip': 'Succeeded',
  'service/external-name': 'Succeeded',
  'service/load-balancer': 'Succeeded',
  'service/load-balancer-pending': 'Running',
  'stateful-set/crash-loop': 'Failed DATASTORE_FAILED',
  'stateful-set/healthy': 'Succeeded',
  'stateful-set/image-pull-failed': 'Failed IMAGE_PULL_FAILED',
  'stateful-set/memory-limit-ignored': 'Failed SETTING_IGNORED',
  'stateful-set/missing-command': 'Failed COMMAND_NOT_FOUND',
  'stateful-set/missing-secret': 'Failed CONTAINER_CONFIGURATION',
  'stateful-set/out-of-memory': 'Failed OUT_OF_MEMORY',
  'stateful-set/startup-probe-failing': 'Failed PROBE_FAILING',
  'stateful-set/startup-probe-failing-ended-well': 'Failed PROBE_FAILING',
  'stateful-set/unschedulable': 'Failed UNSCHEDULABLE',
};

describe('the health of objects of a cluster', () => {
  it('is known for every file there is', () => {
    const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.json'))
      .map((path) => path.slice(0, -'.json'.length));
    expect(files.toSorted()).toEqual(Object.keys(EXPECTED).toSorted());
  });

  it.each(Object.entries(EXPECTED))('of %s is %s', (path, expected) => {
    const { state, code } = judged(path);
    expect([state, ...(code === undefined ? [] : [code])].join(' ')).toBe(expected);
  });

  it.each([
    ['deployment/crash-loop', '"crash-loop" ended 5 times, last with exit code 3'],
    ['deployment/unschedulable', '"unschedulable" fits on no node: 0/1 nodes are available'],
    [
      'deployment/memory-limit-ignored',
      '"healthy" runs with a memory limit of 512 MiB instead of 64 MiB',
    ],
    [
      'deployment/quota-exceeded',
      'quota "offshoot" has no room for the requests.memory of "quota"',
    ],
    [
      'deployment/missing-command',
      '"missing-command" cannot be started: its command is missing or may not be run: …',
    ],
    ['stateful-set/missing-command', 'stat /no/such/thing: no such file or directory'],
    ['job/missing-command', 'stat /no/such/thing: no such file or directory'],
    ['deployment/startup-probe-failing-ended-well', 'it did not become ready in time'],
    ['stateful-set/memory-limit-ignored', 'a memory limit of 32 MiB instead of 64 MiB'],
    ['daemon-set/processor-limit-ignored', 'a processor limit of 50m instead of 100m'],
    ['job/failed', '"fails" ended with exit code 4'],
    ['pod/ended', '"cart" ended with signal 9'],
    ['pod/init-container-crash-loop', '"cart/prepare" ended 5 times'],
  ])('of %s says why', (path, message) => {
    expect(judged(path).message).toContain(message);
  });

  it.each([
    ['deployment/crash-loop', { container: 'crash-loop', isPrevious: false }],
    ['deployment/probe-failing', { container: 'probe-failing', isPrevious: false }],
    ['job/failed', { container: 'fails', isPrevious: false }],
  ])('of %s points to the last lines', (path, source) => {
    expect(judged(path).evidenceOf).toMatchObject(source);
  });
});

describe('a probe that fails', () => {
  it.each(['deployment', 'stateful-set', 'daemon-set'])(
    'of a %s is told with what it got',
    (kind) => {
      const { evidence, evidenceOf } = judged(`${kind}/startup-probe-failing-ended-well`);
      expect(evidence).toBe(
        'Unhealthy: Startup probe failed: HTTP probe failed with statuscode: 404',
      );
      expect(evidenceOf?.ref.name).toContain(kind);
    },
  );
});

function judged(path: string): ReturnType<EnvironmentView['observe']>[number] {
  const document: unknown = JSON.parse(readFileSync(new URL(`${path}.json`, FOLDER), 'utf8'));
  const atMs = Date.parse(textAt(document, 'at') ?? '');
  const warnings = new Warnings();
  for (const event of listAt(document, 'warnings')) {
    warnings.note(asObject(event, RESOURCE_TYPES.event), atMs);
  }
  const view = new EnvironmentView(warnings);
  for (const object of listAt(document, 'objects')) {
    const type = typeOf(object);
    const context = { previous: null, nowMs: atMs - 30_000, intern: (text: string) => text };
    const seen = reduceObject(type, asObject(object, type), context);
    if (seen !== null) view.put(seen, null);
  }
  const observed = view.observe(atMs);
  const [task] = observed;
  if (task === undefined || observed.length > 1) throw new Error(`"${path}" shows no one Task`);
  return task;
}

function typeOf(object: unknown): ResourceType {
  const kind = textAt(object, 'kind');
  const type = Object.values(RESOURCE_TYPES).find((each) => each.kind === kind);
  if (type === undefined) throw new Error(`no type of kind "${kind}"`);
  return type;
}
