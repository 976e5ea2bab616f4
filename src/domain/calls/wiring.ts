import type { RequiredEdge } from '../plan/required-edges.ts';

/**
 * Edges that the caller's own network does not carry, found before tests run. A fault of the wiring, of
 * nobody's code: it stands in the report beside the verdicts.
 */

/** Why a caller does not reach what it needs, as far as can be told from there. */
export type WiringProblem = 'dns' | 'policy' | 'nothing-listens' | TlsProblem;

/**
 * Of a connection that holds: nobody speaks TLS there, who does ends the handshake, or the certificate is of
 * another time or for another name. Which authorities the caller trusts nobody else knows.
 */
export type TlsProblem = (typeof TLS_PROBLEMS)[number];
export const TLS_PROBLEMS = ['tls-plain', 'tls-refused', 'tls-expired', 'tls-name'] as const;

export interface UnreachableEdge {
  readonly from: string;
  readonly to: string;
  readonly problem: WiringProblem;
  /** For people. */
  readonly message: string;
}

export function unreachableEdge(
  { from, to, port }: RequiredEdge,
  problem: WiringProblem,
): UnreachableEdge {
  return { from, to, problem, message: messageOf(problem, to, port.port) };
}

/** `EDGE_UNREACHABLE cart → products: nothing listens at products:8080`. */
export function unreachableText({ from, to, message }: UnreachableEdge): string {
  return `EDGE_UNREACHABLE ${from} → ${to}: ${message}`;
}

function messageOf(problem: WiringProblem, to: string, port: number): string {
  switch (problem) {
    case 'dns':
      return `DNS does not know where "${to}" is`;
    case 'policy':
      return `policy, or nobody answers at ${to}:${port}`;
    case 'nothing-listens':
      return `nothing listens at ${to}:${port}`;
    case 'tls-plain':
      return `TLS: what listens at ${to}:${port} does not speak it`;
    case 'tls-refused':
      return `TLS: ${to}:${port} ends the handshake`;
    case 'tls-expired':
      return `TLS: the certificate of ${to}:${port} is not valid at this time`;
    case 'tls-name':
      return `TLS: the certificate of ${to}:${port} is not for "${to}"`;
  }
}
