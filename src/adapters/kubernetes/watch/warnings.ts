import type { KubeObject } from '../client/kube-object.ts';
import { textAt } from '../client/read-object.ts';
import { instantOf } from './reduce-conditions.ts';

/** The last warning of one reason about one object. */
export interface Warning {
  readonly reason: string;
  /** For people only. */
  readonly message: string;
  readonly firstMs: number;
  readonly lastMs: number;
}

/** Objects of one namespace whose warnings are kept; the oldest go first. */
const WARNINGS_MAX = 1_000;
/** Of one object. */
const REASONS_MAX = 8;
const TEXT_MAX = 300;

/** Warning events, bounded. They explain; of their reasons only `FailedCreate` decides anything. */
export class Warnings {
  /** Namespace → uid → warnings, each of another reason, the newest last. */
  readonly #byNamespace = new Map<string, Map<string, readonly Warning[]>>();

  /** @returns Uid of the object that it is about; null for one that says nothing new. */
  note(event: KubeObject, nowMs: number): string | null {
    const uid = textAt(event, 'involvedObject', 'uid');
    if (uid === null) return null;
    const warning = warningOf(event, nowMs);
    const warnings = this.#in(event.metadata.namespace ?? '');
    const known = warnings.get(uid) ?? [];
    const before = known.find(({ reason }) => reason === warning.reason);
    if ((before?.lastMs ?? 0) > warning.lastMs) return null;
    const kept = [...known.filter((each) => each !== before), warning];
    warnings.delete(uid);
    warnings.set(uid, kept.toSorted((a, b) => a.lastMs - b.lastMs).slice(-REASONS_MAX));
    const [oldest] = warnings.keys();
    if (warnings.size > WARNINGS_MAX && oldest !== undefined) warnings.delete(oldest);
    return uid;
  }

  /** The newest one, of this reason when one is named. */
  about(
    { namespace, uid }: { readonly namespace: string; readonly uid: string },
    reason?: string,
  ): Warning | null {
    const warnings = this.#byNamespace.get(namespace)?.get(uid) ?? [];
    const found = warnings.findLast((each) => reason === undefined || each.reason === reason);
    return found ?? null;
  }

  forget(namespace: string): void {
    this.#byNamespace.delete(namespace);
  }

  #in(namespace: string): Map<string, readonly Warning[]> {
    const present = this.#byNamespace.get(namespace) ?? new Map<string, readonly Warning[]>();
    this.#byNamespace.set(namespace, present);
    return present;
  }
}

function warningOf(event: KubeObject, nowMs: number): Warning {
  const seenMs = [['series', 'lastObservedTime'], ['lastTimestamp'], ['eventTime']]
    .map((path) => instantOf(textAt(event, ...path)))
    .find((each) => each !== null);
  const lastMs = seenMs ?? nowMs;
  return {
    reason: textAt(event, 'reason') ?? '',
    message: (textAt(event, 'message') ?? '').slice(0, TEXT_MAX),
    firstMs: instantOf(textAt(event, 'firstTimestamp')) ?? lastMs,
    lastMs,
  };
}
