import { describe, expect, it } from 'vitest';
import { KubeApiError } from '../../../src/adapters/kubernetes/client/kube-api.ts';
import type { KubeObject } from '../../../src/adapters/kubernetes/client/kube-object.ts';
import { valueAt } from '../../../src/adapters/kubernetes/client/read-object.ts';
import { tryCapture } from '../../../src/adapters/kubernetes/preflight/probe/capture.ts';
import type { Finding } from '../../../src/application/ports/doctor.ts';
import type { CaptureChoice } from '../../../src/application/project.ts';
import { preflightStage } from './stage.ts';

const TAP: CaptureChoice = { mode: 'tap', image: 'offshoot:1', tapImage: 'tap:1' };
const ADDING: CaptureChoice = { ...TAP, addsNetRaw: true };

interface Trial {
  readonly finding: Finding;
  /** Pods that were sent to the cluster, in their order. */
  readonly pods: readonly KubeObject[];
}

/** @param exitCode - Of the pod that captures for a second; null: its image cannot be pulled. */
async function tried(
  capture: CaptureChoice,
  { isRefused = false, exitCode = 0 }: { isRefused?: boolean; exitCode?: number | null } = {},
): Promise<Trial> {
  const { expedition, clock, put } = preflightStage();
  const pods: KubeObject[] = [];
  const api: typeof expedition.api = {
    ...expedition.api,
    apply(_, pod) {
      pods.push(pod);
      if (!isRefused) return Promise.resolve(pod);
      const status = { status: 403, reason: 'Forbidden', message: 'violates a policy' };
      return Promise.reject(new KubeApiError(status));
    },
    create(_, pod) {
      pods.push(pod);
      const state =
        exitCode === null ? { waiting: { reason: 'ErrImagePull' } } : { terminated: { exitCode } };
      put({ ...pod, status: { containerStatuses: [{ name: 'probe', state }] } });
      return Promise.resolve(pod);
    },
  };
  const place = { api, clock, namespace: 'trial', pullSecrets: [] };
  return { finding: await tryCapture(place, capture), pods };
}

describe('a trial of capture', () => {
  it('passes where the tap is admitted and captures', async () => {
    const { finding } = await tried(TAP);
    expect(finding).toMatchObject({ check: 'capture', outcome: 'pass' });
    expect(finding.message).toBe('a sidecar of each pod reads its packets');
  });

  it.each([TAP, ADDING])('tries the pod that will be used: %j', async (capture) => {
    const { pods } = await tried(capture);
    const securities = [
      valueAt(pods[0], 'spec', 'initContainers', 0, 'securityContext', 'capabilities'),
      valueAt(pods[1], 'spec', 'containers', 0, 'securityContext', 'capabilities'),
    ];
    const isAdding = capture === ADDING;
    for (const security of securities) {
      expect(valueAt(security, 'add')).toEqual(isAdding ? ['NET_RAW'] : undefined);
      expect(valueAt(security, 'drop', 0)).toBe(isAdding ? 'ALL' : 'AUDIT_WRITE');
    }
    expect(valueAt(pods[1], 'spec', 'containers', 0, 'image')).toBe('tap:1');
  });

  it.each<[string, Parameters<typeof tried>[1], string]>([
    ['is refused', { isRefused: true }, 'is refused: violates a policy'],
    ['may not read packets', { exitCode: 2 }, 'its runtime does not let it'],
  ])('names the way out where the tap %s', async (_, trial, message) => {
    const { finding } = await tried(TAP, trial);
    expect(finding).toMatchObject({ outcome: 'fail', code: 'CAPTURE_UNAVAILABLE' });
    expect(finding.message).toContain(message);
    expect(finding.remedy).toContain('`capture.addNetRaw: true`');
    const added = await tried(ADDING, trial);
    expect(added.finding.remedy).not.toContain('capture.addNetRaw');
    expect(added.finding.check).not.toBe(finding.check);
  });

  it('blames nobody for an image that does not come to run', async () => {
    const { finding } = await tried(TAP, { exitCode: null });
    expect(finding).toMatchObject({ outcome: 'pass' });
    expect(finding.message).toBe('a sidecar of each pod is admitted');
  });

  it('starts nothing where capture is off, and only warns', async () => {
    const { finding, pods } = await tried({ mode: 'off' }, { isRefused: true });
    expect(finding.outcome).toBe('warn');
    expect(pods).toHaveLength(1);
  });
});
