import { complaint, passed, type Finding } from '../../../../application/ports/doctor.ts';
import { ERROR_CODES } from '../../../../domain/errors.ts';
import type { KubeObject } from '../../client/kube-object.ts';
import { RESOURCE_TYPES } from '../../client/resource-types.ts';
import { textAt } from '../../client/read-object.ts';
import { exitCodeOf, startScript, stateOfContainer, untilPod, type ProbePlace } from './pods.ts';
import { EXIT, LISTEN, REACH_ALL, REACH_STILL } from './scripts.ts';

/**
 * Whether NetworkPolicies are enforced: pods call pods of the same namespace, first without any policy,
 * which proves that the trial works at all, then with two. Pods call pods: what nodes say and hear is
 * exempt from policies with most network plugins.
 */

const CHECK = 'network policies';
/** From its creation to its answer, with the pull of its image. */
const POD_MS = 60_000;

export type Reached = 'yes' | 'no' | 'unknown';

/** What the trial saw. */
export interface PolicyTrial {
  /** Both listeners, while there was no policy. */
  readonly before: Reached;
  /** A listener without a policy, by a pod without one. */
  readonly free: Reached;
  /** A listener that nobody may call. */
  readonly guarded: Reached;
  /** A listener without a policy, by a pod that may call nobody. */
  readonly shut: Reached;
}

/** Null when the image cannot do it: it has no shell, or nothing to call with. */
export async function tryPolicies(place: ProbePlace, image: string): Promise<PolicyTrial | null> {
  await Promise.all(['open', 'guarded'].map((name) => startScript(place, name, image, [LISTEN])));
  const [open, guarded] = await Promise.all([
    addressOf(place, 'open'),
    addressOf(place, 'guarded'),
  ]);
  if (open === null || guarded === null) return null;
  const before = await run(place, image, 'before', [REACH_ALL, open, guarded]);
  // What can call may still have nothing to listen with.
  if (before === null || (before !== 'yes' && (await hasEnded(place, 'open')))) return null;
  if (before !== 'yes') return { before, free: 'unknown', guarded: 'unknown', shut: 'unknown' };
  await Promise.all(POLICIES.map((policy) => putPolicy(place, policy)));
  const [free, still, shut] = await Promise.all([
    run(place, image, 'free', [REACH_ALL, open]),
    run(place, image, 'caller', [REACH_STILL, guarded]),
    run(place, image, 'shut', [REACH_STILL, open]),
  ]);
  return {
    before,
    free: free ?? 'unknown',
    guarded: still ?? 'unknown',
    shut: shut ?? 'unknown',
  };
}

/** What the trial means for environments. */
export function policyFinding(trial: PolicyTrial): Finding {
  const { before, free, guarded, shut } = trial;
  if (before !== 'yes') {
    return untried('pods do not reach each other even where no policy forbids it');
  }
  if (free === 'no') return untried('a policy for other pods cut off one that has none');
  const open = [
    ...(shut === 'yes' ? ['a pod that may call nobody reached another'] : []),
    ...(guarded === 'yes' ? ['a pod that nobody may call was reached'] : []),
  ];
  if (open.length > 0) {
    return complaint(CHECK, 'fail', {
      message: open.join(', and '),
      code: 'NETWORK_POLICY_NOT_ENFORCED',
      costs: 'environments are not kept apart: a wrong address may reach another one',
      remedy: ERROR_CODES.NETWORK_POLICY_NOT_ENFORCED.remedy,
    });
  }
  if ([free, guarded, shut].includes('unknown')) return untried('the pods did not end in time');
  return passed(CHECK, 'a pod that may call nobody reaches nobody, and one may be kept from all');
}

export function untried(why: string): Finding {
  return complaint(CHECK, 'warn', {
    message: `whether they are enforced is not known: ${why}`,
    code: 'PREFLIGHT_FAILED',
    costs: 'nobody knows whether environments are kept apart',
    remedy:
      '`helm test`, or `offshoot doctor --image IMAGE` by somebody who may create pods; what they find is remembered',
  });
}

const POLICIES = [
  { name: 'shut', types: ['Egress'] },
  { name: 'guarded', types: ['Ingress'] },
] as const;

/** It allows nothing of these types. */
async function putPolicy(
  { api, namespace }: ProbePlace,
  { name, types }: (typeof POLICIES)[number],
): Promise<void> {
  await api.create(RESOURCE_TYPES.networkPolicy, {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, namespace },
    spec: { podSelector: { matchLabels: { probe: name } }, policyTypes: types },
  });
}

/** Of a listener that runs; null when it never does. */
async function addressOf(place: ProbePlace, name: string): Promise<string | null> {
  const found = await untilPod(place, name, POD_MS, (pod) => {
    const state = stateOfContainer(pod, 'probe');
    if (state === null) return null;
    return { address: state.kind === 'runs' ? ipOf(pod) : null };
  });
  return found?.address ?? null;
}

async function hasEnded({ api, namespace }: ProbePlace, name: string): Promise<boolean> {
  const pod = await api.get(RESOURCE_TYPES.pod, { namespace, name });
  return pod !== null && stateOfContainer(pod, 'probe')?.kind === 'ended';
}

function ipOf(pod: KubeObject): string | null {
  return textAt(pod, 'status', 'podIP');
}

/** Null when the image has nothing to call with. */
async function run(
  place: ProbePlace,
  image: string,
  name: string,
  script: readonly string[],
): Promise<Reached | null> {
  await startScript(place, name, image, script);
  const exitCode = await exitCodeOf(place, name, POD_MS);
  if (exitCode === EXIT.yes) return 'yes';
  if (exitCode === EXIT.no) return 'no';
  return exitCode === EXIT.noTool ? null : 'unknown';
}
