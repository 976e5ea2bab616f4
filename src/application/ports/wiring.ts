import type { WiringProblem } from '../../domain/calls/wiring.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import type { RequiredEdge } from '../../domain/plan/required-edges.ts';

/** What a caller's own network says of an edge; null when nobody could ask it, which says nothing. */
export type EdgeFinding = 'ok' | WiringProblem | null;

export interface Wiring {
  /**
   * Tries each edge from where its caller is: by name, to a connection, where it speaks TLS to the end of
   * the handshake, and no further.
   *
   * Never throws, and takes 20 seconds at the most: what could not be asked by then is null.
   *
   * @returns As many as there are edges, in their order.
   */
  prove(plan: Plan, edges: readonly RequiredEdge[]): Promise<readonly EdgeFinding[]>;
}
