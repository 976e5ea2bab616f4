import type { Component } from '../catalog/component.ts';

/** Whether environments use the baseline's copy and never run their own, unless it is changed. */
export function isShared(component: Component): boolean {
  return component.sharing === 'shared' || component.datastore?.isolation === 'shared';
}

/** Whether an environment may run its own copy without being asked to. */
export function isCopyable(component: Component): boolean {
  return component.type !== 'external' && !isShared(component);
}
