import { describe, expect, it } from 'vitest';
import { unreachableEdge, unreachableText } from '../../../src/domain/calls/wiring.ts';

const EDGE = { from: 'cart', to: 'products', port: { name: 'http', port: 8080 } };

describe('an edge that does not hold', () => {
  it.each([
    ['dns', 'EDGE_UNREACHABLE cart → products: DNS does not know where "products" is'],
    ['policy', 'EDGE_UNREACHABLE cart → products: policy, or nobody answers at products:8080'],
    ['nothing-listens', 'EDGE_UNREACHABLE cart → products: nothing listens at products:8080'],
  ] as const)('because of %s says so', (problem, text) => {
    const edge = unreachableEdge(EDGE, problem);
    expect(edge).toMatchObject({ from: 'cart', to: 'products', problem });
    expect(unreachableText(edge)).toBe(text);
  });
});
