import { describe, expect, it } from 'vitest';
import type { Clock } from '../../../src/application/ports/clock.ts';
import type { EdgeFinding } from '../../../src/application/ports/wiring.ts';
import { proveWiring, type ProvenWiring } from '../../../src/application/tests/prove-wiring.ts';
import { catalogOf, component } from '../../support/catalogs.ts';
import { planOf } from '../../support/plans.ts';

const PORTS = [{ name: 'http', port: 8080, protocol: 'http' }] as const;
const SHOP = catalogOf([
  component({ name: 'cart', ports: PORTS }),
  component({ name: 'gateway', dependencies: ['cart', 'prices'] }),
  component({ name: 'prices', ports: PORTS }),
]);

interface Proved extends ProvenWiring {
  /** Edges of each question, as `from to`. */
  readonly questions: readonly (readonly string[])[];
  readonly tookMs: number;
}

/** @param findings - Of an edge by what it leads to, one for each time it is asked; the last one stays. */
async function proved(
  findings: Readonly<Record<string, readonly EdgeFinding[]>>,
  { answerMs = 0, signal }: { readonly answerMs?: number; readonly signal?: AbortSignal } = {},
): Promise<Proved> {
  let nowMs = 0;
  const questions: string[][] = [];
  const clock: Clock = {
    nowMs: () => nowMs,
    sleep: async (ms) => void (nowMs += ms),
  };
  const engine = {
    prove: async (_: unknown, edges: readonly { readonly from: string; readonly to: string }[]) => {
      nowMs += answerMs;
      const turn = questions.push(edges.map(({ from, to }) => `${from} ${to}`)) - 1;
      return edges.map(({ to }) => {
        const of = findings[to] ?? ['ok'];
        return of[Math.min(turn, of.length - 1)] ?? null;
      });
    },
  };
  const wiring = await proveWiring({ engine, clock }, planOf(SHOP), signal);
  return { ...wiring, questions, tookMs: nowMs };
}

describe('proving the wiring', () => {
  it('asks once when all is well, and takes no longer than that', async () => {
    const { unreachable, notes, questions, tookMs } = await proved({});
    expect({ unreachable, notes, tookMs }).toEqual({ unreachable: [], notes: [], tookMs: 0 });
    expect(questions).toEqual([['gateway cart', 'gateway prices']]);
  });

  it('asks again for what failed, and believes what came then', async () => {
    const { unreachable, questions } = await proved({
      prices: ['nothing-listens', 'nothing-listens', 'ok'],
    });
    expect(unreachable).toEqual([]);
    expect(questions).toEqual([
      ['gateway cart', 'gateway prices'],
      ['gateway prices'],
      ['gateway prices'],
    ]);
  });

  it('tells what goes on failing, and does not ask for ever', async () => {
    const { unreachable, notes, tookMs } = await proved({ cart: ['dns'], prices: ['policy'] });
    expect(unreachable).toEqual([
      expect.objectContaining({ from: 'gateway', to: 'cart', problem: 'dns' }),
      expect.objectContaining({ from: 'gateway', to: 'prices', problem: 'policy' }),
    ]);
    expect(notes).toEqual([]);
    expect(tookMs).toBeLessThanOrEqual(6_000);
  });

  it('asks a second time even when the first answer took long', async () => {
    const { unreachable, questions } = await proved(
      { cart: ['policy', 'ok'] },
      { answerMs: 8_000 },
    );
    expect(unreachable).toEqual([]);
    expect(questions).toHaveLength(2);
  });

  it('notes what nobody could ask, which is no failure', async () => {
    const { unreachable, notes, questions } = await proved({ cart: [null] });
    expect(unreachable).toEqual([]);
    expect(notes).toEqual(['1 of 2 required edges could not be proved before the tests']);
    expect(questions).toHaveLength(1);
  });

  it('stops when it is told to', async () => {
    const { questions } = await proved({ cart: ['dns'] }, { signal: AbortSignal.abort() });
    expect(questions).toHaveLength(1);
  });
});
