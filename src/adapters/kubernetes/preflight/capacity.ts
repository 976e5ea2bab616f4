import type { Diagnostic } from '../../../domain/diagnostic.ts';
import type { Plan } from '../../../domain/plan/plan.ts';
import { RESOURCE_TYPES } from '../client/resource-types.ts';
import { textAt, valueAt } from '../client/read-object.ts';
import type { Inspection } from './inspection.ts';
import { asWarning, planProblem } from './plan-problem.ts';
import { bytesOf, millisOf } from './quantities.ts';

/**
 * Whether the plan fits onto the nodes, whose room others share. Only a warning: nodes may be added on
 * demand. Not everybody may list nodes.
 */
export async function checkCapacity(
  { api }: Inspection,
  { cost }: Plan,
): Promise<readonly Diagnostic[]> {
  const nodes = await api.list(RESOURCE_TYPES.node).catch(() => null);
  if (nodes === null || nodes.items.length === 0) return [];
  const usable = nodes.items.filter((node) => valueAt(node, 'spec', 'unschedulable') !== true);
  let cpuMillis = 0;
  let memoryBytes = 0;
  for (const node of usable) {
    cpuMillis += millisOf(textAt(node, 'status', 'allocatable', 'cpu') ?? '') ?? 0;
    memoryBytes += bytesOf(textAt(node, 'status', 'allocatable', 'memory') ?? '') ?? 0;
  }
  if (cost.cpuMillis <= cpuMillis && cost.memoryBytes <= memoryBytes) return [];
  const message =
    `the environment asks for ${cost.cpuMillis} millicores and ${mebibytes(cost.memoryBytes)} MiB, ` +
    `and all nodes together have ${cpuMillis} and ${mebibytes(memoryBytes)} MiB`;
  return [asWarning(planProblem('UNSCHEDULABLE', message))];
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / 1024 / 1024);
}
