import { RESOURCE_TYPES } from '../client/resource-types.ts';
import type { Draft } from './draft.ts';
import type { ComponentScene } from './scene.ts';

/** An object that says nothing but that a Task with nothing to do was done: Tasks are seen by their objects. */
export function marker({ component, order }: ComponentScene): Draft {
  return {
    type: RESOURCE_TYPES.configMap,
    name: `${component.name}--${order.task.kind}`,
    body: { data: {} },
  };
}
