import { parseCpuMillis, parseMemoryBytes } from '../../../domain/catalog/quantity.ts';
import type { Amounts } from '../../../domain/health/facts.ts';
import { isRecord, listAt, valueAt } from '../client/read-object.ts';

/** Quantities as they are compared. What is no quantity is not reported, or not asked for. */

export function amountsOf(value: unknown): Amounts {
  return {
    cpuMillis: quantityOf('cpu', valueAt(value, 'cpu')),
    memoryBytes: quantityOf('memory', valueAt(value, 'memory')),
  };
}

/** Amounts of a quota by its own names. */
export function quotaAmounts(value: unknown): Readonly<Record<string, number>> {
  if (!isRecord(value)) return {};
  const amounts: Record<string, number> = {};
  for (const [resource, text] of Object.entries(value)) {
    const amount = quantityOf(resource, text);
    if (amount !== null) amounts[resource] = amount;
  }
  return amounts;
}

/** What one pod of a template counts against a quota. */
export function needsOf(podSpec: unknown): Readonly<Record<string, number>> {
  const needs: Record<string, number> = { pods: 1, 'count/pods': 1 };
  const add = (name: string, amount: number): void => {
    needs[name] = (needs[name] ?? 0) + amount;
  };
  for (const container of listAt(podSpec, 'containers')) {
    const requests = quotaAmounts(valueAt(container, 'resources', 'requests'));
    for (const [resource, amount] of Object.entries(requests)) {
      add(resource, amount);
      add(`requests.${resource}`, amount);
    }
    const limits = quotaAmounts(valueAt(container, 'resources', 'limits'));
    for (const [resource, amount] of Object.entries(limits)) add(`limits.${resource}`, amount);
  }
  return needs;
}

function quantityOf(resource: string, value: unknown): number | null {
  if (typeof value !== 'string' && typeof value !== 'number') return null;
  return isCpu(resource) ? parseCpuMillis(value) : parseMemoryBytes(value);
}

function isCpu(resource: string): boolean {
  return resource === 'cpu' || resource.endsWith('.cpu');
}
