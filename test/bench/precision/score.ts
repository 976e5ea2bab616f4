import type { Call } from '../../../src/domain/calls/call.ts';

/** What the client of a recording knows of one of its calls. */
export interface Label {
  /** The words that the call's operation begins with. */
  readonly operation: string;
  readonly outcome: Call['outcome'];
  /** With a bar between types where either is right: who notices first that time is over is a matter of chance. */
  readonly errorType: string | null;
  /** Microseconds since the epoch: before the call was made, and after its answer was there. */
  readonly fromUs: number;
  readonly toUs: number;
}

export interface Score {
  /** Calls that the client made. */
  labels: number;
  /** Told with their outcome and their type of error; their operation may have stayed unknown. */
  right: number;
  /** Of those, told with their operation too. */
  named: number;
  /** Told as this, but were something else. */
  wrong: number;
  /** Failed ones that were told to be fine: never right, whatever was lost. */
  falselyOk: number;
}

type Told = Pick<Call, 'operation' | 'outcome' | 'errorType' | 'startedAtUs'>;

/** `ok`, `timeout`, `client_error`, …; of the transport, of names and of TLS the type of error. */
function classOf({ outcome, errorType }: Pick<Call, 'outcome' | 'errorType'>): string {
  return outcome === 'transport_error' && errorType !== null ? errorType : outcome;
}

/**
 * By class of what was, and for `wrong` of what was told. Calls were made one after another, so a call belongs
 * to the label in whose time it began. O(labels + calls).
 *
 * @param isEarly - Packets may have got the time of the one before them, which then is that of another call.
 */
export function score(
  labels: readonly Label[],
  calls: readonly Told[],
  isEarly: boolean,
): ReadonlyMap<string, Score> {
  const scores = new Map<string, Score>();
  const of = (each: Pick<Call, 'outcome' | 'errorType'>): Score => {
    const name = classOf(each);
    const found = scores.get(name) ?? newScore();
    scores.set(name, found);
    return found;
  };
  for (const { label, during } of byLabel(labels, calls, isEarly)) {
    const own = of(label);
    own.labels += 1;
    const those = during.filter((call) => mayBe(call, label));
    const right = those.filter((call) => isAs(call, label));
    if (right.length > 0) own.right += 1;
    if (right.some((call) => isNamed(call, label))) own.named += 1;
    const isFine = those.some(({ outcome }) => outcome === 'ok');
    if (right.length === 0 && isFailure(label) && isFine) {
      own.falselyOk += 1;
      of({ outcome: 'ok', errorType: null }).wrong += 1;
    }
    for (const call of during) if (isFailure(call) && !isAs(call, label)) of(call).wrong += 1;
  }
  return scores;
}

export function newScore(): Score {
  return { labels: 0, right: 0, named: 0, wrong: 0, falselyOk: 0 };
}

export function add(sum: Score, more: Score): void {
  sum.labels += more.labels;
  sum.right += more.right;
  sum.named += more.named;
  sum.wrong += more.wrong;
  sum.falselyOk += more.falselyOk;
}

/** A label with what was told to have begun before it, and in its time. */
interface Window {
  readonly label: Label;
  readonly before: readonly Told[];
  readonly during: Told[];
}

function byLabel(
  labels: readonly Label[],
  calls: readonly Told[],
  isEarly: boolean,
): readonly Window[] {
  const sorted = calls.toSorted((a, b) => a.startedAtUs - b.startedAtUs);
  let next = 0;
  const taken = (untilUs: number): Told[] => {
    const from = next;
    while (next < sorted.length && (sorted[next]?.startedAtUs ?? 0) <= untilUs) next += 1;
    return sorted.slice(from, next);
  };
  // What began before belongs to no label: a connection that was opened in between.
  const told = labels.map((label) => ({
    label,
    before: taken(label.fromUs - 1),
    during: taken(label.toUs),
  }));
  if (isEarly) for (const [place, each] of told.entries()) takeEarlier(each, told[place - 1]);
  return told;
}

/** A call that was told in the time before that of its label, where it is one too many. */
function takeEarlier({ label, before, during }: Window, last: Window | undefined): void {
  if (during.some((call) => fits(call, label))) return;
  const spare = last?.during.filter((call) =>
    last.during.some((other) => other !== call && fits(other, last.label)),
  );
  const own = [...(spare ?? []), ...before].findLast((call) => fits(call, label));
  if (own === undefined) return;
  during.push(own);
  const at = last?.during.indexOf(own) ?? -1;
  if (at !== -1) last?.during.splice(at, 1);
}

function isNamed({ operation }: Told, label: Label): boolean {
  return operation.startsWith(label.operation);
}

/** One whose operation was not seen may be any. */
function mayBe(call: Told, label: Label): boolean {
  return isNamed(call, label) || call.operation === 'unknown';
}

function fits(call: Told, label: Label): boolean {
  return mayBe(call, label) && isAs(call, label);
}

function isAs({ outcome, errorType }: Told, label: Label): boolean {
  const types: readonly (string | null)[] = label.errorType?.split('|') ?? [null];
  return outcome === label.outcome && types.includes(errorType);
}

function isFailure({ outcome }: Pick<Call, 'outcome'>): boolean {
  return outcome !== 'ok' && outcome !== 'unknown' && outcome !== 'cancelled';
}
