import { jobNameOf } from '../../../domain/naming/names.ts';
import { RESOURCE_TYPES } from '../client/resource-types.ts';
import { variableObjects, variablesOf } from './configuration.ts';
import { deadlineSeconds, ownPodTemplate } from './deploy.ts';
import type { Draft } from './draft.ts';
import type { ComponentScene } from './scene.ts';
import { ANNOTATIONS } from '../labels.ts';

/** What runs to completion, once for each form it has. */

/** Of this Task in this form. What belongs to it is called `<name>--<n>`. */
export function jobName({ component, order }: ComponentScene): string {
  return jobNameOf(order.task.kind, component.name, order.task.fingerprint);
}

/** The pod of a job is not started again: whether to try once more is the reconciler's decision. */
export function jobDraft(scene: ComponentScene, template: object): Draft {
  const { store } = scene.context;
  return {
    type: RESOURCE_TYPES.job,
    name: jobName(scene),
    ...(store === undefined ? {} : { annotations: { [ANNOTATIONS.store]: store } }),
    body: {
      spec: {
        backoffLimit: 0,
        activeDeadlineSeconds: deadlineSeconds(scene),
        // A pod that was moved away did not fail.
        podFailurePolicy: {
          rules: [
            { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
          ],
        },
        template,
      },
    },
  };
}

/** A component of type `job`. */
export function runObjects(scene: ComponentScene): readonly Draft[] {
  return [
    ...variableObjects(scene.component.name, variablesOf(scene)),
    jobDraft(
      scene,
      ownPodTemplate(scene, { role: 'inside', restartPolicy: 'Never', probed: false }),
    ),
  ];
}
