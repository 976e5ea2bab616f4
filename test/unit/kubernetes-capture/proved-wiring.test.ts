import { describe, expect, it } from 'vitest';
import { provedWiring } from '../../../src/adapters/kubernetes/capture/wiring/proved-wiring.ts';
import { KubeUnreachableError } from '../../../src/adapters/kubernetes/client/kube-api.ts';
import type { CaptureChoice } from '../../../src/application/project.ts';
import type { EdgeFinding } from '../../../src/application/ports/wiring.ts';
import type { RequiredEdge } from '../../../src/domain/plan/required-edges.ts';
import { services } from '../../support/catalogs.ts';
import { planOf } from '../../support/plans.ts';

const TAP: CaptureChoice = { mode: 'tap', image: 'offshoot:1', tapImage: 'tap:1' };
const PLAN = planOf(services({ gateway: [] }), { environment: 'coupon' });

function edge(text: string): RequiredEdge {
  const [from = '', to = '', port] = text.split(' ');
  return { from, to, port: { name: 'http', port: Number(port) }, tls: 'none' };
}

interface Found {
  readonly findings: readonly EdgeFinding[];
  readonly paths: readonly string[];
}

/** @param answer - The body that comes for the targets of a caller; nobody answers when absent. */
async function found(
  edges: readonly string[],
  answer?: (from: string, to: readonly string[]) => unknown,
  capture = TAP,
): Promise<Found> {
  const paths: string[] = [];
  const api = {
    request: async ({ path }: { readonly path: string }) => {
      paths.push(path);
      if (answer === undefined) throw new KubeUnreachableError('no route');
      const { searchParams } = new URL(path, 'http://api');
      const body = answer(searchParams.get('from') ?? '', searchParams.getAll('to'));
      return { status: 200, headers: {}, body };
    },
  };
  const settings = { capture, prefix: 'shop' };
  return { findings: await provedWiring(api, settings, PLAN, edges.map(edge)), paths };
}

describe('edges on a cluster', () => {
  it('are asked of the analyser, in one question for each caller', async () => {
    const words: Readonly<Record<string, string>> = { 'cart:80': 'ok', 'prices:81': 'refused' };
    const { findings, paths } = await found(
      ['gateway cart 80', 'cart prices 81', 'gateway prices 81'],
      (_, to) => ({ words: to.map((target) => words[target]) }),
    );
    expect(findings).toEqual(['ok', 'nothing-listens', 'nothing-listens']);
    const service = '/api/v1/namespaces/shop-coupon/services/offshoot--analyser:7481/proxy';
    expect(paths).toEqual([
      `${service}/wiring?from=gateway&to=cart%3A80&to=prices%3A81`,
      `${service}/wiring?from=cart&to=prices%3A81`,
    ]);
  });

  it.each([
    ['ok', 'ok'],
    ['dns', 'dns'],
    ['refused', 'nothing-listens'],
    ['unreachable', 'policy'],
    ['timeout', 'policy'],
    ['unknown', null],
    [null, null],
    ['constructor', null],
    [7, null],
  ])('of which a tap says %s', async (word, finding) => {
    const { findings } = await found(['gateway cart 80'], () => ({ words: [word] }));
    expect(findings).toEqual([finding]);
  });

  it.each([
    ['nobody answers', undefined],
    ['somebody else answers', () => '<html>'],
    ['too little is answered', () => ({ words: [] })],
  ])('are not known when %s', async (_, answer) => {
    expect((await found(['gateway cart 80'], answer)).findings).toEqual([null]);
  });

  it.each<CaptureChoice>([
    { mode: 'off' },
    { mode: 'otlp', image: 'offshoot:1' },
    { mode: 'nodes', tapImage: 'tap:1' },
  ])('are asked of nobody without taps: %j', async (capture) => {
    const without = await found(['gateway cart 80'], () => ({ words: ['ok'] }), capture);
    expect(without).toEqual({ findings: [null], paths: [] });
  });

  it('are asked in pieces when a caller has many', async () => {
    const edges = Array.from({ length: 70 }, (_, index) => `gateway cart ${index + 1}`);
    const { findings, paths } = await found(edges, (_, to) => ({ words: to.map(() => 'ok') }));
    expect(paths).toHaveLength(3);
    expect(findings).toEqual(edges.map(() => 'ok'));
  });
});
