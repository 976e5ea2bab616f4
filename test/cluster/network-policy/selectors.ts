import type { LabelSelector, Labels } from './shapes.ts';

type Requirement = LabelSelector['matchExpressions'][number];

/** Whether all of a selector's requirements hold; the empty one selects everything. */
export function selects(selector: LabelSelector, labels: Labels): boolean {
  return (
    Object.entries(selector.matchLabels).every(([key, value]) => labels[key] === value) &&
    selector.matchExpressions.every((requirement) => holds(requirement, labels))
  );
}

/** As Kubernetes: `NotIn` holds also where the label is missing. */
function holds({ key, operator, values }: Requirement, labels: Labels): boolean {
  const value = labels[key];
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
  }
}
