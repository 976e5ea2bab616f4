import { TLS_USES, type TlsUse } from '../../../../domain/plan/tls-edges.ts';
import { hostOf, portOf } from '../naming/endpoint.ts';

export interface ProofTarget {
  /** A name or an address. */
  readonly host: string;
  readonly port: number;
  readonly tls: TlsUse;
}

/** Asked for and answered in one turn, whatever the host is. */
const HOST = /^[\da-z:](?:[\da-z.:-]{0,251}[\da-z:])?$/iu;
const PORT_MAX = 65_535;

/** `cart:8080`, or `cart:8443/by-name` where TLS is spoken. */
export function targetText({ host, port, tls }: ProofTarget): string {
  return tls === 'none' ? `${host}:${port}` : `${host}:${port}/${tls}`;
}

/** Null for what is no target. */
export function targetIn(text: string): ProofTarget | null {
  const [place = '', use = 'none', ...more] = text.split('/');
  const tls = TLS_USES.find((one) => one === use);
  const [host, port] = [hostOf(place), portOf(place)];
  if (tls === undefined || more.length > 0 || !HOST.test(host)) return null;
  return Number.isInteger(port) && port > 0 && port <= PORT_MAX ? { host, port, tls } : null;
}
