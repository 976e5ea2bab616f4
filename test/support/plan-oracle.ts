import type { Plan } from '../../src/domain/plan/plan.ts';

/** The last Task of a component, looked for in the plan itself; null when it is neither inside nor used. */
export function usableTaskOf(plan: Plan, name: string): string | null {
  const kinds = ['topic', 'index', 'seed', 'migrate', 'deploy', 'run', 'boundary'];
  const ids = new Set(plan.tasks.map(({ id }) => id));
  const kind = kinds.find((each) => ids.has(`${each}/${name}`));
  return kind === undefined ? null : `${kind}/${name}`;
}
