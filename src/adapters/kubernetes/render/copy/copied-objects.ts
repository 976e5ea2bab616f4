import type { KubeObject } from '../../client/kube-object.ts';
import { RESOURCE_TYPES } from '../../client/resource-types.ts';
import { valueAt } from '../../client/read-object.ts';
import { variableObjects, variablesDigest, variablesOf, digestOf } from '../configuration.ts';
import { deadlineSeconds, REPLACE_AT_ONCE } from '../deploy.ts';
import { selectorOf, type Draft } from '../draft.ts';
import { jobDraft } from '../jobs.ts';
import { podTemplateOf } from '../pods.ts';
import type { CopiedWorkload } from '../rendering.ts';
import type { ComponentScene } from '../scene.ts';
import { addressBook } from './addresses.ts';
import { copiedConfiguration } from './copied-configuration.ts';
import { copiedPod } from './copied-pod.ts';
import { copiedServices } from './copied-services.ts';

/**
 * A component as it already runs, in a namespace of its own: the same pod, Services and configuration, with
 * the image of this revision, addresses that stay inside, and nothing that another owner tracks.
 *
 * Volumes of the baseline are never used: each becomes an empty one.
 */
export function copiedObjects(scene: ComponentScene, copied: CopiedWorkload): readonly Draft[] {
  const { component } = scene;
  const variables = variablesOf(scene);
  const addresses = addressBook(scene);
  const configuration = copiedConfiguration(scene, copied, addresses);
  const pod = copiedPod(scene, {
    spec: podSpecOf(copied.workload),
    variables,
    addresses,
    names: configuration.names,
  });
  const digest = digestOf([
    variablesDigest(variables),
    configuration.drafts.map(({ body }) => body),
  ]);
  const template = podTemplateOf(scene, { role: 'inside', digest, ...pod });
  return [
    ...variableObjects(component.name, variables),
    ...configuration.drafts,
    ...copiedServices(scene, copied),
    workload(scene, copied.workload, template),
  ];
}

function workload(scene: ComponentScene, original: KubeObject, template: object): Draft {
  const { component, order } = scene;
  if (order.task.kind === 'run') return jobDraft(scene, template);
  const common = {
    replicas: component.replicas ?? 1,
    revisionHistoryLimit: 0,
    selector: { matchLabels: selectorOf(component.name) },
    template,
  };
  if (original.kind === RESOURCE_TYPES.statefulSet.kind) {
    const spec = { ...common, serviceName: component.name, podManagementPolicy: 'Parallel' };
    return { type: RESOURCE_TYPES.statefulSet, name: component.name, body: { spec } };
  }
  return {
    type: RESOURCE_TYPES.deployment,
    name: component.name,
    body: {
      spec: {
        ...common,
        progressDeadlineSeconds: deadlineSeconds(scene),
        strategy: REPLACE_AT_ONCE,
      },
    },
  };
}

function podSpecOf(original: KubeObject): unknown {
  return (
    valueAt(original, 'spec', 'template', 'spec') ??
    valueAt(original, 'spec', 'jobTemplate', 'spec', 'template', 'spec')
  );
}
