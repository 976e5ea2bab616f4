import { mustHave } from '../../must-have.ts';
import type { Call } from '../call.ts';
import type { HiddenConnections } from '../linking/hidden.ts';
import { isFailed, isWholeConnection, routeOf, targetOf } from '../outcomes.ts';
import type { EdgeHistory } from './latency.ts';
import type { CallForest } from '../linking/linking.ts';
import type { PlatformEvents } from './platform.ts';

/** All that the rules of descent look at: the calls of the run, linked, and who was seen alive. */

export interface Scene {
  readonly forest: CallForest;
  readonly events: PlatformEvents;
  readonly serverRecords: ReadonlyMap<string, Call>;
  readonly witnesses: Witnesses;
  readonly hidden: HiddenConnections;
  /** Components whose own calls are not known: boundary, external. */
  readonly isOpaqueComponent: (component: string) => boolean;
  readonly isComponent: (name: string) => boolean;
  readonly isChanged: (component: string) => boolean;
  /** Runs that passed had it too: the same asked the same of the same. */
  readonly isUsual: (call: Call) => boolean;
}

export interface Witnesses {
  /** Who got an answer from it, whatever the answer. */
  hasAnswered(server: string): boolean;
  hasAnsweredTo(server: string, client: string): boolean;
  /** Somebody got an answer from it that was not encrypted. */
  answersPlainly(server: string): boolean;
  /** What the environment calls is seen to arrive at the server itself. */
  isRecordedAtServer(server: string): boolean;
  /** What the other callers of the same operation of the same server got. */
  othersGot(call: Call): 'nothing' | 'only failures' | 'answers';
}

/**
 * @param calls - All that is known, joined.
 * @param own - Those that were seen in the environment itself: what the baseline saw arrive may have come from elsewhere.
 *
 * Cost: O(calls).
 */
export function gatherWitnesses(calls: readonly Call[], own: readonly Call[]): Witnesses {
  const answered = new Map<string, Set<string>>();
  const recorded = new Set(own.filter(({ side }) => side !== 'client').map(({ server }) => server));
  const plain = new Set<string>();
  const results = new Map<string, Map<string, Tally>>();
  for (const call of calls) {
    if (call.firstByteAtUs !== null || call.status !== null) {
      const clients = answered.get(call.server) ?? new Set();
      answered.set(call.server, clients.add(call.client));
      if (!isWholeConnection(call)) plain.add(call.server);
    }
    count(results, call);
  }
  return {
    hasAnswered: (server) => answered.has(server),
    hasAnsweredTo: (server, client) => answered.get(server)?.has(client) === true,
    answersPlainly: (server) => plain.has(server),
    isRecordedAtServer: (server) => recorded.has(server),
    othersGot(call) {
      let failed = 0;
      for (const [client, tally] of mustHave(results, targetOf(call))) {
        if (client === call.client) continue;
        if (tally.ok > 0) return 'answers';
        failed += tally.failed;
      }
      return failed > 0 ? 'only failures' : 'nothing';
    },
  };
}

/** What was asked of whom, by whom, in runs that passed. */
export function usualCalls(history: readonly EdgeHistory[]): (call: Call) => boolean {
  const usual = new Set(history.map(({ from, to, route }) => keyOf(from, to, route)));
  return (call) => usual.has(keyOf(call.client, call.server, routeOf(call)));
}

function keyOf(...parts: readonly string[]): string {
  return parts.join('\0');
}

interface Tally {
  ok: number;
  failed: number;
}

function count(results: Map<string, Map<string, Tally>>, call: Call): void {
  const key = targetOf(call);
  const clients = results.get(key) ?? new Map<string, Tally>();
  const tally = clients.get(call.client) ?? { ok: 0, failed: 0 };
  if (call.outcome === 'ok') tally.ok += 1;
  if (isFailed(call)) tally.failed += 1;
  clients.set(call.client, tally);
  results.set(key, clients);
}
