import {
  unreachableEdge,
  type UnreachableEdge,
  type WiringProblem,
} from '../../domain/calls/wiring.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import { requiredEdges, type RequiredEdge } from '../../domain/plan/required-edges.ts';
import type { Clock } from '../ports/clock.ts';
import type { EdgeFinding, Wiring } from '../ports/wiring.ts';

/**
 * Proves the required edges of an environment before its tests. What fails is asked again for some seconds:
 * a cluster tells its nodes of a new pod a moment after it is ready.
 */

export interface ProvenWiring {
  readonly unreachable: readonly UnreachableEdge[];
  /** What nobody could ask; empty when all was asked. */
  readonly notes: readonly string[];
}

/** So long what fails is asked again, and once in any case. Unit: milliseconds. */
const PATIENCE_MS = 5_000;
const PAUSE_MS = 1_000;
/** Of a report; with this many something else than an edge is broken. */
const UNREACHABLE_MAX = 200;

type Proof = readonly [RequiredEdge, EdgeFinding];

export async function proveWiring(
  { engine, clock }: { readonly engine: Wiring; readonly clock: Clock },
  plan: Plan,
  signal: AbortSignal | undefined,
): Promise<ProvenWiring> {
  const beganMs = clock.nowMs();
  let proofs = await asked(engine, plan, requiredEdges(plan));
  do {
    const failed = proofs.filter(isFailed).map(([edge]) => edge);
    if (failed.length === 0 || signal?.aborted === true) break;
    await clock.sleep(PAUSE_MS, signal);
    const again = new Map(await asked(engine, plan, failed));
    proofs = proofs.map(([edge, finding]): Proof => [edge, again.get(edge) ?? finding]);
  } while (clock.nowMs() - beganMs < PATIENCE_MS);
  return { unreachable: unreachableOf(proofs), notes: notesOf(proofs) };
}

async function asked(
  engine: Wiring,
  plan: Plan,
  edges: readonly RequiredEdge[],
): Promise<readonly Proof[]> {
  if (edges.length === 0) return [];
  const findings = await engine.prove(plan, edges);
  return edges.map((edge, index) => [edge, findings[index] ?? null]);
}

function isFailed(proof: Proof): proof is readonly [RequiredEdge, WiringProblem] {
  const [, finding] = proof;
  return finding !== null && finding !== 'ok';
}

function unreachableOf(proofs: readonly Proof[]): readonly UnreachableEdge[] {
  return proofs
    .filter(isFailed)
    .slice(0, UNREACHABLE_MAX)
    .map(([edge, problem]) => unreachableEdge(edge, problem));
}

function notesOf(proofs: readonly Proof[]): readonly string[] {
  const unproved = proofs.filter(([, finding]) => finding === null).length;
  if (unproved === 0) return [];
  return [`${unproved} of ${proofs.length} required edges could not be proved before the tests`];
}
