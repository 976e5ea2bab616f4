import { describe, expect, it } from 'vitest';
import { unreachableEdge, unreachableText } from '../../../src/domain/calls/wiring.ts';

const EDGE = {
  from: 'cart',
  to: 'products',
  port: { name: 'http', port: 8080 },
  tls: 'none',
} as const;

describe('an edge that does not hold', () => {
  it.each([
    ['dns', 'EDGE_UNREACHABLE cart → products: DNS does not know where "products" is'],
    ['policy', 'EDGE_UNREACHABLE cart → products: policy, or nobody answers at products:8080'],
    ['nothing-listens', 'EDGE_UNREACHABLE cart → products: nothing listens at products:8080'],
    [
      'tls-plain',
      'EDGE_UNREACHABLE cart → products: TLS: what listens at products:8080 does not speak it',
    ],
    ['tls-refused', 'EDGE_UNREACHABLE cart → products: TLS: products:8080 ends the handshake'],
    [
      'tls-expired',
      'EDGE_UNREACHABLE cart → products: TLS: the certificate of products:8080 is not valid at this time',
    ],
    [
      'tls-name',
      'EDGE_UNREACHABLE cart → products: TLS: the certificate of products:8080 is not for "products"',
    ],
  ] as const)('because of %s says so', (problem, text) => {
    const edge = unreachableEdge(EDGE, problem);
    expect(edge).toMatchObject({ from: 'cart', to: 'products', problem });
    expect(unreachableText(edge)).toBe(text);
  });
});
