import { complaint, passed, type Finding } from '../../../../application/ports/doctor.ts';
import type { Clock } from '../../../../application/ports/clock.ts';
import { ERROR_CODES } from '../../../../domain/errors.ts';
import type { KubeObject } from '../../client/kube-object.ts';
import { RESOURCE_TYPES } from '../../client/resource-types.ts';
import { listAt, textAt } from '../../client/read-object.ts';
import type { Expedition } from '../inspection.ts';

/** Largest difference that does not disturb time windows of tests. Unit: milliseconds. */
const SKEW_MAX_MS = 1_000;
/** Instants of HTTP and of managed fields count whole seconds: their middle is the best guess. */
const HALF_SECOND_MS = 500;

/** How far clocks are from the API server's: of this machine, of each node, of a registry. */
export async function checkClocks(
  { api, clock, registries }: Expedition,
  image: string | null,
): Promise<readonly Finding[]> {
  const machineMs = await skewBy(clock, async () => {
    const { headers } = await api.request({ method: 'GET', path: '/version' });
    return headers['date'] === undefined ? null : Date.parse(headers['date']);
  });
  const { items } = await api
    .list(RESOURCE_TYPES.lease, { namespace: 'kube-node-lease' })
    .catch(() => ({ items: null }));
  return [
    machineMs === null
      ? unknown('this machine', 'look yourself')
      : finding('this machine', machineMs),
    ...(items === null
      ? [unknown('each node', 'ask for the right to list leases in `kube-node-lease`')]
      : nodeFindings(items)),
    ...(image === null ? [] : [await registryFinding(image)]),
  ];

  async function registryFinding(named: string): Promise<Finding> {
    const name = `the registry of "${named}"`;
    const aheadMs = await skewBy(clock, () => registries.nowMs(named));
    if (aheadMs === null || machineMs === null)
      return unknown(name, 'run this where the registry can be reached');
    return finding(name, machineMs - aheadMs);
  }
}

/** How far this machine is ahead of whoever tells the time. */
async function skewBy(
  clock: Pick<Clock, 'nowMs'>,
  ask: () => Promise<number | null>,
): Promise<number | null> {
  const beforeMs = clock.nowMs();
  const toldMs = await ask();
  const afterMs = clock.nowMs();
  if (toldMs === null || Number.isNaN(toldMs)) return null;
  return Math.round((beforeMs + afterMs) / 2 - (toldMs + HALF_SECOND_MS));
}

/** One line for all that agree: a cluster may have hundreds. */
function nodeFindings(leases: readonly KubeObject[]): readonly Finding[] {
  const findings = leases.flatMap((lease) => {
    const skewMs = skewOfRenewal(lease);
    return skewMs === null ? [] : [finding(`node "${lease.metadata.name}"`, skewMs)];
  });
  const wrong = findings.filter(({ outcome }) => outcome !== 'pass');
  const right = findings.length - wrong.length;
  if (right <= 1) return findings;
  return [passed('clocks', `${right} nodes agree with the API server to about a second`), ...wrong];
}

/** A node writes its own time into its Lease; beside it the API server notes when it was written. */
function skewOfRenewal(lease: unknown): number | null {
  const renewedMs = Date.parse(textAt(lease, 'spec', 'renewTime') ?? '');
  const writes = listAt(lease, 'metadata', 'managedFields').map((fields) =>
    Date.parse(textAt(fields, 'time') ?? ''),
  );
  const writtenMs = Math.max(...writes);
  if (!Number.isFinite(renewedMs) || !Number.isFinite(writtenMs)) return null;
  return Math.round(renewedMs - (writtenMs + HALF_SECOND_MS));
}

function finding(who: string, skewMs: number): Finding {
  const size = Math.abs(skewMs);
  if (size <= SKEW_MAX_MS + HALF_SECOND_MS) {
    return passed('clocks', `${who} agrees with the API server to about a second`);
  }
  return complaint('clocks', 'warn', {
    message: `${who} is ${(size / 1_000).toFixed(1)} s ${skewMs > 0 ? 'ahead of' : 'behind'} the API server`,
    code: 'CLOCK_SKEW',
    costs: 'calls are counted to the wrong test case, and Leases may look free while they are held',
    remedy: ERROR_CODES.CLOCK_SKEW.remedy,
  });
}

function unknown(who: string, remedy: string): Finding {
  return complaint('clocks', 'warn', {
    message: `what time ${who} has could not be read`,
    code: null,
    costs: 'whether its clock differs shows only when times look wrong',
    remedy,
  });
}
