import type { Call } from '../../../src/domain/calls/call.ts';

/** What the client of a recording knows of one of its calls. */
export interface Label {
  /** The words that the call's operation begins with. */
  readonly operation: string;
  readonly outcome: Call['outcome'];
  readonly errorType: string | null;
  /** Microseconds since the epoch: before the call was made, and after its answer was there. */
  readonly fromUs: number;
  readonly toUs: number;
}

export interface Score {
  /** Calls that the client made, by what should have been told. */
  readonly labels: number;
  /** Told as they were. */
  readonly right: number;
  /** Told as failed in a way in which they did not. */
  readonly wrong: number;
  /** Failed ones that were told to be fine: never right, whatever was lost. */
  readonly falselyOk: number;
}

type Told = Pick<Call, 'operation' | 'outcome' | 'errorType' | 'startedAtUs'>;

/** Calls were made one after another, so a call belongs to the label in whose time it began. O(labels + calls). */
export function score(labels: readonly Label[], calls: readonly Told[]): Score {
  const sum = { labels: labels.length, right: 0, wrong: 0, falselyOk: 0 };
  for (const { label, during } of byLabel(labels, calls)) {
    const those = during.filter(({ operation }) => operation.startsWith(label.operation));
    if (those.some((call) => isAs(call, label))) sum.right += 1;
    else if (isFailure(label) && those.some(({ outcome }) => outcome === 'ok')) sum.falselyOk += 1;
    sum.wrong += during.filter((call) => isFailure(call) && !isAs(call, label)).length;
  }
  return sum;
}

function byLabel(
  labels: readonly Label[],
  calls: readonly Told[],
): readonly { readonly label: Label; readonly during: readonly Told[] }[] {
  const sorted = calls.toSorted((a, b) => a.startedAtUs - b.startedAtUs);
  let next = 0;
  const taken = (untilUs: number): readonly Told[] => {
    const from = next;
    while (next < sorted.length && (sorted[next]?.startedAtUs ?? 0) <= untilUs) next += 1;
    return sorted.slice(from, next);
  };
  return labels.map((label) => {
    // What began before belongs to no label: a connection that was opened in between.
    taken(label.fromUs - 1);
    return { label, during: taken(label.toUs) };
  });
}

function isAs({ outcome, errorType }: Told, label: Label): boolean {
  return outcome === label.outcome && errorType === label.errorType;
}

function isFailure({ outcome }: Pick<Call, 'outcome'>): boolean {
  return outcome !== 'ok' && outcome !== 'unknown' && outcome !== 'cancelled';
}
