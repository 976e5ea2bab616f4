import { daemonSetHealth } from './daemon-set.ts';
import { deploymentHealth } from './deployment.ts';
import type { ObjectFacts, Surroundings } from './facts.ts';
import { healthy, type Health } from './health.ts';
import { httpRouteHealth } from './http-route.ts';
import { jobHealth } from './job.ts';
import { namespaceHealth } from './namespace.ts';
import { podHealth } from './pod.ts';
import { quotaHealth } from './quota.ts';
import { endpointSliceHealth, serviceHealth } from './service.ts';
import { statefulSetHealth } from './stateful-set.ts';
import { volumeClaimHealth } from './volume-claim.ts';

/**
 * Health of one object from its facts and those of what belongs to it.
 *
 * Pure: time is an argument, and `changesAtMs` says when it alone changes the answer. Ingresses have no
 * conditions, so being there is all that is asked of them, as of every kind that is not named here.
 */
export function healthOf(facts: ObjectFacts, around: Surroundings): Health {
  return isOfPods(facts) ? healthOfPods(facts, around) : healthOfSimple(facts, around);
}

/** What runs pods, or is one: judged together with them. */
type OfPods = Extract<
  ObjectFacts,
  { readonly kind: 'Deployment' | 'StatefulSet' | 'DaemonSet' | 'Job' | 'Pod' }
>;

const KINDS_OF_PODS: ReadonlySet<ObjectFacts['kind']> = new Set<OfPods['kind']>([
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'Job',
  'Pod',
]);

function isOfPods(facts: ObjectFacts): facts is OfPods {
  return KINDS_OF_PODS.has(facts.kind);
}

function healthOfPods(facts: OfPods, around: Surroundings): Health {
  switch (facts.kind) {
    case 'Deployment':
      return deploymentHealth(facts, around);
    case 'StatefulSet':
      return statefulSetHealth(facts, around);
    case 'DaemonSet':
      return daemonSetHealth(facts, around);
    case 'Job':
      return jobHealth(facts, around);
    case 'Pod': {
      const { title, nowMs } = around;
      return podHealth({ pod: facts, title, nowMs, crashCode: 'CRASH_LOOP' });
    }
  }
}

function healthOfSimple(facts: Exclude<ObjectFacts, OfPods>, around: Surroundings): Health {
  switch (facts.kind) {
    case 'HTTPRoute':
      return httpRouteHealth(facts, around);
    case 'Service':
      return serviceHealth(facts);
    case 'EndpointSlice':
      return endpointSliceHealth(facts);
    case 'PersistentVolumeClaim':
      return volumeClaimHealth(facts);
    case 'Namespace':
      return namespaceHealth(facts);
    case 'ResourceQuota':
      return quotaHealth(facts);
    case 'ReplicaSet':
    case 'Other':
      return healthy();
  }
}
