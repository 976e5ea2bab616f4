import type { EdgeFinding } from '../../../../application/ports/wiring.ts';
import { namespaceOf } from '../../../../domain/naming/names.ts';
import type { Plan } from '../../../../domain/plan/plan.ts';
import type { RequiredEdge } from '../../../../domain/plan/required-edges.ts';
import type { KubeApi } from '../../client/kube-api.ts';
import { listAt } from '../../client/read-object.ts';
import type { ClusterSettings } from '../../render/rendering.ts';
import { ANALYSER, PROOF_TARGETS_MAX, PROOF_WORDS, type ProofWord } from '../agreement.ts';
import { targetText } from './proof-target.ts';

/**
 * Edges of an environment, proved by the taps of its callers, whom its analyser asks. Nobody needs a right
 * for that which fetching calls does not need already.
 */

/** Questions on their way at once: each holds a connection of the API server. */
const AT_ONCE_MAX = 16;
/** Of all questions together. Unit: milliseconds. */
const ALL_MS = 18_000;

const FINDINGS: Readonly<Record<ProofWord, EdgeFinding>> = {
  ok: 'ok',
  dns: 'dns',
  refused: 'nothing-listens',
  unreachable: 'policy',
  timeout: 'policy',
  unknown: null,
  'tls-plain': 'tls-plain',
  'tls-refused': 'tls-refused',
  'tls-expired': 'tls-expired',
  'tls-name': 'tls-name',
};

export async function provedWiring(
  api: Pick<KubeApi, 'request'>,
  { capture, prefix }: Pick<ClusterSettings, 'capture' | 'prefix'>,
  plan: Plan,
  edges: readonly RequiredEdge[],
): Promise<readonly EdgeFinding[]> {
  if (capture.mode !== 'tap') return edges.map(() => null);
  const namespace = namespaceOf(prefix, plan.environment);
  const signal = AbortSignal.timeout(ALL_MS);
  const found = new Map<RequiredEdge, EdgeFinding>();
  const questions = questionsOf(edges).values();
  const askInTurn = async (): Promise<void> => {
    for (const asked of questions) {
      const words = await answerOf(api, pathOf(namespace, asked), signal);
      for (const [index, edge] of asked.entries()) found.set(edge, findingOf(words[index]));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE_MAX }, askInTurn));
  return edges.map((edge) => found.get(edge) ?? null);
}

/** Edges of one caller each. */
function questionsOf(edges: readonly RequiredEdge[]): readonly (readonly RequiredEdge[])[] {
  const questions: (readonly RequiredEdge[])[] = [];
  for (const own of Map.groupBy(edges, ({ from }) => from).values()) {
    for (let from = 0; from < own.length; from += PROOF_TARGETS_MAX) {
      questions.push(own.slice(from, from + PROOF_TARGETS_MAX));
    }
  }
  return questions;
}

/** Callers know everybody by the plain name, whatever is behind it. */
function pathOf(namespace: string, edges: readonly RequiredEdge[]): string {
  const query = new URLSearchParams({ from: edges[0]?.from ?? '' });
  for (const { to, port, tls } of edges) {
    query.append('to', targetText({ host: to, port: port.port, tls }));
  }
  const analyser = `${ANALYSER.name}:${ANALYSER.callsPort}`;
  return `/api/v1/namespaces/${namespace}/services/${analyser}/proxy/wiring?${query.toString()}`;
}

/** Empty when nobody answers: that is no fault of the edges. */
async function answerOf(
  api: Pick<KubeApi, 'request'>,
  path: string,
  signal: AbortSignal,
): Promise<readonly unknown[]> {
  try {
    const { status, body } = await api.request({ method: 'GET', path }, signal);
    return status === 200 ? listAt(body, 'words') : [];
  } catch {
    return [];
  }
}

function findingOf(said: unknown): EdgeFinding {
  const word = PROOF_WORDS.find((one) => one === said);
  return word === undefined ? null : FINDINGS[word];
}
