import { setTimeout as sleep } from 'node:timers/promises';
import { hasStatus, onCluster } from '../client/cluster-errors.ts';
import type { KubeObject } from '../client/kube-object.ts';
import { RESOURCE_TYPES } from '../client/resource-types.ts';
import { LABELS, MANAGED_BY } from '../labels.ts';
import { OperationError } from '../../../domain/errors.ts';
import type { Control } from './control.ts';

const { lease: LEASE } = RESOURCE_TYPES;

export interface LeaseTimes {
  /** A holder that has not renewed for so long has lost it. Whole seconds. */
  readonly durationMs: number;
  readonly renewMs: number;
  /** A holder stops acting so long before others may begin. */
  readonly marginMs: number;
}

const LEASE_TIMES: LeaseTimes = { durationMs: 12_000, renewMs: 3_000, marginMs: 2_000 };

/** A lease that was got. Acting without it held is what it is there to prevent. */
export interface HeldLease {
  readonly name: string;
  /** Aborted when it is lost or given back. */
  readonly signal: AbortSignal;
  /**
   * Asked before every act.
   *
   * @throws {OperationError} `SUPERSEDED` when it is not certain that nobody else acts.
   */
  check(): void;
  /** Gives it back at once. Idempotent. */
  release(): Promise<void>;
}

interface Sighting {
  /** Changes with every renewal. */
  readonly version: string;
  /** When that version was first seen, by our own clock that only goes forward. */
  readonly sinceMs: number;
}

/**
 * Leases (coordination.k8s.io) in the control namespace. Whether a holder is dead is judged by how long we
 * ourselves have seen no renewal, never by its clock, so clocks that differ do no harm.
 */
export class Leases {
  readonly #control: Control;
  readonly #identity: string;
  readonly #times: LeaseTimes;
  readonly #seen = new Map<string, Sighting>();
  readonly #held = new Set<string>();

  /** @param identity - Differs from that of every other process. */
  constructor(control: Control, identity: string, times: LeaseTimes = LEASE_TIMES) {
    this.#control = control;
    this.#identity = identity;
    this.#times = times;
  }

  /** Takes the lease when it is free, null when somebody else holds it. Asked again and again by who waits. */
  tryAcquire(name: string): Promise<HeldLease | null> {
    return onCluster(`take the lease "${name}"`, async () => {
      const startMs = performance.now();
      const present = await this.#get(name);
      if (present !== null && !this.#isFree(present)) return null;
      try {
        const taken = await this.#write(name, present, this.#identity);
        return this.#hold(name, taken, startMs);
      } catch (error) {
        if (hasStatus(error, 409, 404)) return null;
        throw error;
      }
    });
  }

  /** Waits for the lease as long as the signal allows; null when it was aborted. */
  async acquire(name: string, signal: AbortSignal): Promise<HeldLease | null> {
    while (!signal.aborted) {
      const held = await this.tryAcquire(name).catch((error: unknown) => {
        // A cluster that is away for a while is no reason to stop waiting.
        if (error instanceof OperationError && error.code === 'CLUSTER_UNREACHABLE') return null;
        throw error;
      });
      if (held !== null) return held;
      await sleep(this.#times.renewMs / 2, undefined, { signal }).catch(() => {});
    }
    return null;
  }

  /** Who holds it, null when it is free. The first look at a holder that is long dead still says held. */
  holder(name: string): Promise<string | null> {
    return onCluster(`look at the lease "${name}"`, async () => {
      const present = await this.#get(name);
      return present === null || this.#isFree(present) ? null : holderOf(present);
    });
  }

  /** The same, but null too when we hold it. */
  async rival(name: string): Promise<string | null> {
    const holder = await this.holder(name);
    return holder === this.#identity ? null : holder;
  }

  #get(name: string): Promise<KubeObject | null> {
    const { api, namespace } = this.#control;
    return api.get(LEASE, { namespace, name });
  }

  #isFree(present: KubeObject): boolean {
    const { name, resourceVersion = '' } = present.metadata;
    const holder = holderOf(present);
    // Ours by a write whose answer was lost, or whose lease we have let go of.
    if (holder === '' || (holder === this.#identity && !this.#held.has(name))) return true;
    const seen = this.#seen.get(name);
    if (seen === undefined || seen.version !== resourceVersion) {
      this.#seen.set(name, { version: resourceVersion, sinceMs: performance.now() });
      return this.#isLongDead(present);
    }
    return performance.now() - seen.sinceMs >= durationOf(present);
  }

  /** So long that no difference between clocks explains it. */
  #isLongDead(present: KubeObject): boolean {
    const renewedMs = Date.parse(specOf(present).renewTime ?? '');
    return this.#control.clock.nowMs() - renewedMs > durationOf(present) + SKEW_MS;
  }

  /** Only over the version that was seen: of two that write, one is refused. */
  #write(name: string, present: KubeObject | null, holder: string): Promise<KubeObject> {
    const { api, namespace, clock } = this.#control;
    const spec = specAfter(present === null ? {} : specOf(present), {
      holderIdentity: holder,
      leaseDurationSeconds: Math.ceil(this.#times.durationMs / 1000),
      // Microseconds, as the type asks for.
      renewTime: new Date(clock.nowMs()).toISOString().replace('Z', '000Z'),
    });
    const { apiVersion, kind } = LEASE;
    const labels = { [LABELS.managedBy]: MANAGED_BY };
    if (present === null) {
      return api.create(LEASE, { apiVersion, kind, metadata: { name, namespace, labels }, spec });
    }
    return api.replace(LEASE, { ...present, spec });
  }

  /** Whoever took it meanwhile keeps it: the version has changed. */
  async #giveBack({ metadata }: KubeObject): Promise<void> {
    const { api, namespace } = this.#control;
    const { name, uid = '', resourceVersion = '' } = metadata;
    await api.delete(LEASE, { namespace, name }, { uid, resourceVersion });
  }

  #hold(name: string, taken: KubeObject, startMs: number): HeldLease {
    const lost = new AbortController();
    const { durationMs, renewMs, marginMs } = this.#times;
    let current = taken;
    let untilMs = startMs + durationMs - marginMs;
    let renewing: Promise<void> = Promise.resolve();
    this.#held.add(name);
    const lose = (): void => {
      clearInterval(timer);
      if (!lost.signal.aborted) this.#held.delete(name);
      lost.abort(new OperationError('SUPERSEDED', `the lease "${name}" was lost`));
    };
    const renew = async (): Promise<void> => {
      const renewStartMs = performance.now();
      try {
        current = await this.#write(name, current, this.#identity);
        untilMs = renewStartMs + durationMs - marginMs;
      } catch (error) {
        // Our own write of which no answer came, or another holder: only a look can tell.
        const now = hasStatus(error, 409) ? await this.#get(name).catch(() => null) : null;
        if (now !== null && holderOf(now) === this.#identity) current = now;
        else if (now !== null || hasStatus(error, 404)) lose();
      }
    };
    const timer = setInterval(() => {
      if (performance.now() >= untilMs) lose();
      else renewing = renewing.then(() => (lost.signal.aborted ? undefined : renew()));
    }, renewMs);
    timer.unref();
    return {
      name,
      signal: lost.signal,
      check: () => {
        if (performance.now() >= untilMs) lose();
        lost.signal.throwIfAborted();
      },
      release: async () => {
        if (lost.signal.aborted) return;
        clearInterval(timer);
        await renewing;
        lose();
        await this.#giveBack(current).catch(() => {});
      },
    };
  }
}

/** Clocks that differ by more are a finding of their own. Unit: milliseconds. */
const SKEW_MS = 60_000;

interface LeaseSpec {
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
}

function specAfter(
  before: LeaseSpec,
  now: Required<Pick<LeaseSpec, 'holderIdentity' | 'leaseDurationSeconds' | 'renewTime'>>,
): LeaseSpec {
  const { acquireTime = now.renewTime, leaseTransitions = 0 } = before;
  return before.holderIdentity === now.holderIdentity
    ? { ...now, acquireTime, leaseTransitions }
    : { ...now, acquireTime: now.renewTime, leaseTransitions: leaseTransitions + 1 };
}

function specOf(object: KubeObject): LeaseSpec {
  return (object['spec'] as LeaseSpec | undefined) ?? {};
}

function holderOf(object: KubeObject): string {
  return specOf(object).holderIdentity ?? '';
}

function durationOf(object: KubeObject): number {
  return (specOf(object).leaseDurationSeconds ?? 15) * 1000;
}
