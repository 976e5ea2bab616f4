import type { Component, Resources } from '../../../domain/catalog/component.ts';
import { engineOf } from './datastore-engines.ts';
import { bytesQuantity, cpuQuantity } from './quantities.ts';

/** What a container asks for and may use at most. */

/** The least limit of memory that nobody declared: room for a runtime to start. */
const MEMORY_LIMIT_BYTES_MIN = 256 * 1024 ** 2;
const MEMORY_LIMIT_FACTOR = 2;

/**
 * Requests as declared. Memory is always limited, by default with room to spare: what is declared is what
 * it needs, not where it dies. Processor is not limited unless said: a throttled start helps nobody.
 */
export function resourcesOf(component: Pick<Component, 'resources' | 'datastore'>): object {
  const { cpuMillis, memoryBytes, limits, ephemeralStorageBytes } = component.resources;
  const disk =
    ephemeralStorageBytes === undefined
      ? {}
      : { 'ephemeral-storage': bytesQuantity(ephemeralStorageBytes) };
  return {
    requests: { cpu: cpuQuantity(cpuMillis), memory: bytesQuantity(memoryBytes), ...disk },
    limits: {
      ...(limits?.cpuMillis === undefined ? {} : { cpu: cpuQuantity(limits.cpuMillis) }),
      memory: bytesQuantity(limits?.memoryBytes ?? defaultMemoryLimit(component)),
      ...disk,
    },
  };
}

/** `/dev/shm` counts as memory of its container. */
function defaultMemoryLimit(component: {
  readonly resources: Resources;
  readonly datastore?: Component['datastore'];
}): number {
  const { memoryBytes, sharedMemoryBytes = 0 } = component.resources;
  const { datastore } = component;
  const engine = datastore === undefined ? null : engineOf({ datastore });
  const floor = Math.max(MEMORY_LIMIT_BYTES_MIN, engine?.memoryBytesMin ?? 0);
  return Math.max(MEMORY_LIMIT_FACTOR * memoryBytes, floor) + sharedMemoryBytes;
}

/** Of small steps: a client program, a shell. */
export const STEP_RESOURCES = {
  requests: { cpu: '50m', memory: '64Mi' },
  limits: { memory: '256Mi' },
} as const;
