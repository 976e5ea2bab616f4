import { textAt } from '../../client/read-object.ts';
import { LABELS } from '../../labels.ts';
import type { PodAddress } from '../naming/pod-addresses.ts';

/** Pods of an environment that nodes saw, called by their components as their labels say. */
export function environmentPods(pods: readonly PodAddress[]): readonly PodAddress[] {
  return pods.map((pod) => ({
    ...pod,
    component: textAt(pod, 'labels', LABELS.component) ?? pod.component,
  }));
}
