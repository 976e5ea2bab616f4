import type { Component } from '../catalog/component.ts';
import type { Layout } from './layout.ts';
import type { TaskKind } from './plan.ts';

export type DataStepKind = 'migrate' | 'seed' | 'index' | 'topic';

export function taskId(kind: TaskKind, name: string): string {
  return `${kind}/${name}`;
}

/** What is done to a datastore once it runs, in this order. */
export function dataStepsOf({ datastore }: Component): readonly DataStepKind[] {
  if (datastore === undefined) return [];
  const steps: DataStepKind[] = [];
  if (datastore.migrations !== undefined) steps.push('migrate');
  if (datastore.seeds !== undefined) steps.push('seed');
  if (datastore.indices.length > 0) steps.push('index');
  if (datastore.topics.length > 0) steps.push('topic');
  return steps;
}

/** The Task that makes a component start. */
export function startTaskOf({ type, name }: Component): string {
  return taskId(type === 'job' ? 'run' : 'deploy', name);
}

/** The Task after which dependents may use a name; null when the name is neither inside nor used. */
export function usableAfter(layout: Layout, name: string): string | null {
  const component = layout.inside.get(name);
  if (component === undefined) return layout.outside.has(name) ? taskId('boundary', name) : null;
  const lastStep = dataStepsOf(component).at(-1);
  return lastStep === undefined ? startTaskOf(component) : taskId(lastStep, name);
}
