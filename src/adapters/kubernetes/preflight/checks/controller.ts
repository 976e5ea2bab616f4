import { complaint, passed, type Finding } from '../../../../application/ports/doctor.ts';
import type { Clock } from '../../../../application/ports/clock.ts';
import { RESOURCE_TYPES } from '../../client/resource-types.ts';
import { numberAt, textAt } from '../../client/read-object.ts';
import { CONTROLLER_LEASE } from '../../store/holding.ts';
import type { Inspection } from '../inspection.ts';

/** Who carries out what is desired: the controller that leads, or each command for itself. */

type Watched = Inspection & { readonly clock: Pick<Clock, 'nowMs'> };

/** Name of the process that leads; null without. */
export async function leaderOf({ api, settings, clock }: Watched): Promise<string | null> {
  const lease = await api.get(RESOURCE_TYPES.lease, {
    namespace: settings.controlNamespace,
    name: CONTROLLER_LEASE,
  });
  const holder = textAt(lease, 'spec', 'holderIdentity') ?? '';
  const seconds = numberAt(lease, 'spec', 'leaseDurationSeconds') ?? 0;
  const untilMs = Date.parse(textAt(lease, 'spec', 'renewTime') ?? '') + seconds * 1_000;
  return holder !== '' && untilMs > clock.nowMs() ? holder : null;
}

export async function checkController(watched: Watched): Promise<Finding> {
  const check = 'controller';
  const leader = await leaderOf(watched);
  if (leader !== null) return passed(check, `"${leader}" leads`);
  return complaint(check, 'warn', {
    message: 'none is running',
    code: null,
    costs:
      'each command carries its own environment, and nothing heals or ends when no command runs',
    remedy: 'install the Helm chart in `charts/offshoot`, or run `offshoot controller`',
  });
}
