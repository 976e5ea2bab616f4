import type { Diagnostic } from '../../../domain/diagnostic.ts';
import type { Plan } from '../../../domain/plan/plan.ts';
import { RESOURCE_TYPES } from '../client/resource-types.ts';
import { textAt, valueAt } from '../engine/read-object.ts';
import type { Inspection } from './inspection.ts';
import { asWarning, planProblem } from './plan-problem.ts';
import { bytesOf, millisOf } from './quantities.ts';

/**
 * Whether the plan fits: into the quota that its namespace will get, which would refuse it, and into the
 * nodes, whose room others share.
 */
export async function checkCapacity(
  inspection: Inspection,
  plan: Plan,
): Promise<readonly Diagnostic[]> {
  return [...checkQuota(inspection, plan), ...(await checkNodes(inspection, plan))];
}

function checkQuota({ settings }: Inspection, { cost }: Plan): readonly Diagnostic[] {
  const { quota } = settings.template;
  const cpuText = quota['requests.cpu'] ?? quota['cpu'];
  const memoryText = quota['requests.memory'] ?? quota['memory'];
  const cpuMillis = cpuText === undefined ? null : millisOf(cpuText);
  const memoryBytes = memoryText === undefined ? null : bytesOf(memoryText);
  const found: Diagnostic[] = [];
  if (cpuMillis !== null && cost.cpuMillis > cpuMillis) {
    const message = `the environment asks for ${cost.cpuMillis} millicores and its quota is ${cpuMillis}`;
    found.push(planProblem('QUOTA_EXCEEDED', message));
  }
  if (memoryBytes !== null && cost.memoryBytes > memoryBytes) {
    const message = `the environment asks for ${mebibytes(cost.memoryBytes)} MiB and its quota is ${mebibytes(memoryBytes)} MiB`;
    found.push(planProblem('QUOTA_EXCEEDED', message));
  }
  return found;
}

/** Only a warning: nodes may be added on demand. Not everybody may list nodes. */
async function checkNodes({ api }: Inspection, { cost }: Plan): Promise<readonly Diagnostic[]> {
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
