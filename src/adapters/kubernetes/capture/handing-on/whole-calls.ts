import type { Call } from '../../../../domain/calls/call.ts';
import { joinSides } from '../../../../domain/calls/linking/sides.ts';
import { withPlainBoundary } from '../../../../domain/calls/report/breaches.ts';
import { OUTSIDE_CALLER } from '../../../../domain/catalog/component.ts';
import type { Sighting } from '../analyser/analyser.ts';
import { nameCalls } from '../naming/name-calls.ts';
import { looksTried } from '../wiring/looks-tried.ts';
import type { ServiceBook } from './service-book.ts';

/**
 * What taps tell, as whole calls with the names of components at both ends, each once.
 *
 * Both ends of a call tell it at about the same time, so each waits for the other. They are known as one by the
 * client's address and port, which both see; where the server is behind a Service only its own end knows its pod.
 * An end that comes later than all patience is a call of its own.
 */
export class WholeCalls {
  readonly #parts: WholeCallsParts;
  #waiting = new Map<string, Waiting>();
  #dropped = 0;

  constructor(parts: WholeCallsParts) {
    this.#parts = parts;
  }

  /** Calls that found no place to wait; grows only. */
  get dropped(): number {
    return this.#dropped;
  }

  /** One end of a call, with addresses. What is not over when its packets end is told by the other end, or nobody. */
  add(record: Call): void {
    if (record.endedAtUs === null) return;
    if (this.#waiting.size >= WAITING_MAX) this.#dropped += 1;
    else this.#waiting.set(record.id, { record, sinceMs: this.#parts.nowMs() });
  }

  /** Tells what has waited long enough; in the end all. */
  tell(isEnd = false): void {
    const { services, onCall } = this.#parts;
    const records = this.#waiting.values().map(({ record }) => ({ ...record, server: '' }));
    const { calls, serverRecords } = joinSides([...records]);
    const ready = calls
      .map((joined) => ({ joined, partner: serverRecords.get(joined.id) }))
      .filter(({ joined, partner }) => isEnd || this.#isReady(joined, partner));
    const named = this.#taken(
      ready.flatMap(({ joined, partner }) =>
        partner === undefined ? [joined] : [joined, partner],
      ),
    );
    for (const { joined, partner } of ready) {
      const whole = wholeCall(named, joined, partner);
      if (!this.#isNobodys(whole)) onCall(withPlainBoundary(whole, services));
    }
  }

  /** What was waiting, with names; it waits no more. */
  #taken(ends: readonly Call[]): ReadonlyMap<string, Call> {
    if (ends.length === 0) return new Map();
    const { knownPeers, services } = this.#parts;
    const records = ends.flatMap(({ id }) => this.#waiting.get(id)?.record ?? []);
    for (const { id } of ends) this.#waiting.delete(id);
    const calls = nameCalls({ calls: records, ...knownPeers() }, services.names);
    return new Map(calls.map((call) => [call.id, call]));
  }

  #isReady(call: Call, partner: Call | undefined): boolean {
    const nowMs = this.#parts.nowMs();
    const waitedMs = ({ id }: Call): number => nowMs - (this.#waiting.get(id)?.sinceMs ?? nowMs);
    return partner === undefined
      ? waitedMs(call) >= PATIENCE_MS
      : Math.min(waitedMs(call), waitedMs(partner)) >= SETTLE_MS;
  }

  /**
   * Environments tell their calls into a baseline themselves; and what a tap tried of another pod is known at its own
   * as no call.
   */
  #isNobodys(call: Call): boolean {
    if (call.side !== 'server') return false;
    return call.client === OUTSIDE_CALLER ? this.#parts.isBaseline : looksTried(call);
  }
}

/** As its client saw it, by the name that its server has for itself. */
function wholeCall(
  named: ReadonlyMap<string, Call>,
  joined: Call,
  partner: Call | undefined,
): Call {
  const { side, correlation } = joined;
  const own = named.get(joined.id) ?? joined;
  const { server } = named.get(partner?.id ?? joined.id) ?? own;
  return { ...own, server, side, correlation };
}

interface WholeCallsParts {
  readonly knownPeers: () => Omit<Sighting, 'calls'>;
  readonly services: Pick<ServiceBook, 'names' | 'isInside'>;
  readonly nowMs: () => number;
  /** Whether this is the baseline, which environments call. */
  readonly isBaseline: boolean;
  readonly onCall: (call: Call) => void;
}

interface Waiting {
  readonly record: Call;
  readonly sinceMs: number;
}

/** For the other end of a call; taps hand packets on after a quarter of a second. */
const PATIENCE_MS = 10_000;
/** For others that are alike, so that of several at once the right two are one. */
const SETTLE_MS = 2_000;
const WAITING_MAX = 50_000;
