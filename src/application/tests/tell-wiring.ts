import type { Plan } from '../../domain/plan/plan.ts';
import { statusWired, wiredFinding } from '../environments/wired.ts';
import type { Clock } from '../ports/clock.ts';
import type { EnvironmentRecord, EnvironmentStore } from '../ports/environment-store.ts';
import type { Wiring } from '../ports/wiring.ts';
import { proveWiring, type ProvenWiring } from './prove-wiring.ts';

export interface WiringTellerPorts {
  readonly engine: Wiring;
  readonly environments: EnvironmentStore;
  readonly clock: Clock;
  /** A pass of whoever reconciles: what follows for other conditions is theirs to write. */
  readonly reconcile: (environment: string) => Promise<unknown>;
}

/** A pass that had read the status before may write over it, once. */
const WRITES_MAX = 3;

/** Proves the wiring of what is ready, and says so in its status; what was broken off is not said there. */
export async function toldWiring(
  ports: WiringTellerPorts,
  of: {
    readonly record: EnvironmentRecord;
    readonly plan: Plan;
    readonly signal: AbortSignal | undefined;
  },
): Promise<ProvenWiring> {
  const wiring = await proveWiring(ports, of.plan, of.signal);
  if (of.signal?.aborted !== true) await tell(ports, of.record, wiring);
  return wiring;
}

/**
 * Writes what was proved of this generation, where that is news, until it stands. That some of it could not
 * be asked takes back nothing that was said before.
 */
async function tell(
  { environments, clock, reconcile }: WiringTellerPorts,
  { name, uid, generation }: EnvironmentRecord,
  { unreachable, notes }: ProvenWiring,
): Promise<void> {
  if (unreachable.length === 0 && notes.length > 0) return;
  const finding = wiredFinding(unreachable);
  for (let writes = 0; writes < WRITES_MAX; writes += 1) {
    const latest = await environments.get(name);
    if (latest?.uid !== uid || latest.generation !== generation) return;
    const status = statusWired(latest, finding, new Date(clock.nowMs()).toISOString());
    if (status === latest.status) return;
    await environments.writeStatus(uid, status);
    await reconcile(name);
  }
}
