import { compareEnds, type Call } from '../call.ts';
import { compareText } from '../../diagnostic.ts';

/** Two records of one call may disagree by the clocks of two machines. */
const CLOCK_ERROR_US = 5_000;

export interface JoinedCalls {
  /** In the order of the rules: by start, what encloses first, then by id. Ids are unique. */
  readonly calls: readonly Call[];
  /** Client's record → the server's, which knows when the server was really done. */
  readonly serverRecords: ReadonlyMap<string, Call>;
}

/**
 * One record for each call: where both ends saw it, the client's, which knows how long somebody waited.
 *
 * Cost: O(calls log calls).
 */
export function joinSides(records: readonly Call[]): JoinedCalls {
  const ordered = [
    ...new Map(records.toSorted(compareCalls).map((call) => [call.id, call])).values(),
  ];
  const waiting = new Map<string, Call[]>();
  for (const call of ordered) {
    if (call.side === 'server') listAt(waiting, pairKey(call)).push(call);
  }
  const serverRecords = new Map<string, Call>();
  const paired = new Set<string>();
  for (const call of ordered) {
    if (call.side !== 'client') continue;
    const partner = takePartner(waiting.get(pairKey(call)), call);
    if (partner === null) continue;
    serverRecords.set(call.id, partner);
    paired.add(partner.id);
  }
  const calls = ordered
    .filter((call) => !paired.has(call.id))
    .map((call) => withBothSides(call, serverRecords.get(call.id)));
  return { calls, serverRecords };
}

/** Start; then the longer one, so that what encloses comes first; then id: a total order. */
export function compareCalls(a: Call, b: Call): number {
  return a.startedAtUs - b.startedAtUs || compareEnds(b, a) || compareText(a.id, b.id);
}

/** The list of a key, made when missing. */
export function listAt<Item>(lists: Map<string, Item[]>, key: string): Item[] {
  const list = lists.get(key);
  if (list !== undefined) return list;
  const created: Item[] = [];
  lists.set(key, created);
  return created;
}

function pairKey(call: Call): string {
  return `${call.client}\0${call.server}\0${call.protocol}\0${call.operation}`;
}

/** Both lists are by start, so records that are too old can be dropped for good. */
function takePartner(records: Call[] | undefined, call: Call): Call | null {
  for (let first = records?.[0]; first !== undefined; first = records?.[0]) {
    if (first.startedAtUs > call.startedAtUs + CLOCK_ERROR_US) return null;
    records?.shift();
    if (first.startedAtUs >= call.startedAtUs - CLOCK_ERROR_US) return first;
  }
  return null;
}

function withBothSides(call: Call, partner: Call | undefined): Call {
  if (partner === undefined) return call;
  return { ...call, side: 'both', correlation: { ...partner.correlation, ...call.correlation } };
}
