import { complaint, passed, type Finding } from '../../../../application/ports/doctor.ts';
import { RESOURCE_TYPES } from '../../client/resource-types.ts';
import { listAt, textAt, valueAt } from '../../client/read-object.ts';
import type { Inspection } from '../inspection.ts';
import { bytesOf, millisOf } from '../quantities.ts';

export async function checkRoom({ api }: Inspection): Promise<Finding> {
  const check = 'nodes';
  const { items } = await api.list(RESOURCE_TYPES.node);
  const usable = items.filter(
    (node) =>
      valueAt(node, 'spec', 'unschedulable') !== true &&
      listAt(node, 'status', 'conditions').some(
        (condition) =>
          textAt(condition, 'type') === 'Ready' && textAt(condition, 'status') === 'True',
      ),
  );
  if (usable.length === 0) {
    return complaint(check, 'fail', {
      message: `none of ${items.length} nodes is ready and open for pods`,
      code: 'UNSCHEDULABLE',
      costs: 'nothing starts',
      remedy: 'add a node, or `kubectl uncordon` one',
    });
  }
  let cpuMillis = 0;
  let memoryBytes = 0;
  for (const node of usable) {
    cpuMillis += millisOf(textAt(node, 'status', 'allocatable', 'cpu') ?? '') ?? 0;
    memoryBytes += bytesOf(textAt(node, 'status', 'allocatable', 'memory') ?? '') ?? 0;
  }
  const gibibytes = (memoryBytes / 1024 ** 3).toFixed(1);
  const count = `${usable.length} ready node${usable.length === 1 ? '' : 's'}`;
  return passed(check, `${count} with ${cpuMillis / 1_000} cores and ${gibibytes} GiB for pods`);
}
