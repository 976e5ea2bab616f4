import { describe, expect, it } from 'vitest';
import { checkNodeCapture } from '../../../src/adapters/kubernetes/preflight/checks/node-capture.ts';
import type { Clock } from '../../../src/application/ports/clock.ts';
import type { CaptureChoice } from '../../../src/application/project.ts';
import { preflightStage } from './stage.ts';

const NODES: CaptureChoice = { mode: 'nodes', tapImage: 'tap:1' };
const STATUS = '/api/v1/namespaces/offshoot-system/services/offshoot--analyser:7481/proxy/status';

interface Script {
  readonly capture?: CaptureChoice;
  /** What the analyser answers, one after another, the last one again and again. */
  readonly answers?: readonly unknown[];
  /** Names of nodes; null: they may not be listed. */
  readonly nodes?: readonly string[] | null;
}

async function told({
  capture = NODES,
  answers = [],
  nodes = ['one', 'two'],
}: Script): Promise<{ readonly lines: readonly string[]; readonly waitedMs: number }> {
  const stage = preflightStage({ settings: { capture } });
  const names = nodes ?? [];
  for (const [index, name] of [...names, 'windows'].entries()) {
    const labels = { 'kubernetes.io/os': index < names.length ? 'linux' : 'windows' };
    stage.put({ apiVersion: 'v1', kind: 'Node', metadata: { name, labels } });
  }
  if (nodes === null) stage.forbid('list Node');
  const left = [...answers];
  const { api } = stage.expedition;
  let waitedMs = 0;
  const clock: Clock = {
    nowMs: () => waitedMs,
    sleep: (ms) => {
      waitedMs += ms;
      return Promise.resolve();
    },
  };
  const request: typeof api.request = ({ path }) => {
    expect(path).toBe(STATUS);
    const body = left.length > 1 ? left.shift() : left[0];
    return Promise.resolve({ status: body === undefined ? 503 : 200, headers: {}, body });
  };
  const expedition = { ...stage.expedition, clock, api: { ...api, request } };
  const found = await checkNodeCapture(expedition);
  const lines = found.map(({ check, outcome, message }) => `${outcome} ${check}: ${message}`);
  return { lines, waitedMs };
}

describe('what nodes capture', () => {
  it.each<[string, Script, string]>([
    [
      'is well where every node has a capturer',
      { answers: [{ environments: 'offshoot', nodes: ['one', 'two'] }] },
      'pass capture: 2 nodes capture in place of taps: each that there is',
    ],
    [
      'is well, as far as may be known, where nodes may not be listed',
      { answers: [{ environments: 'offshoot', nodes: ['one'] }], nodes: null },
      'pass capture: 1 node captures in place of taps, and how many there are may not be asked',
    ],
    [
      'has gaps at nodes that are named',
      {
        answers: [{ environments: 'offshoot', nodes: ['one'] }],
        nodes: ['one', 'two', 'three', 'four', 'five'],
      },
      'warn capture: nothing captures on node "two", "three", "four" and 1 more',
    ],
    [
      'is nothing where no capturer came',
      { answers: [{ environments: 'offshoot', nodes: [] }], nodes: null },
      'warn capture: nothing captures on any node',
    ],
    [
      'is nothing where nobody answers',
      {},
      'fail capture: nobody in "offshoot-system" says what nodes capture',
    ],
    [
      'is nothing where only the baseline is followed',
      { answers: [{ environments: null, nodes: ['one', 'two'] }] },
      'fail capture: nodes capture pods of no environments',
    ],
    [
      'is nothing where another installation is followed',
      { answers: [{ environments: 'shop', nodes: ['one', 'two'] }] },
      'fail capture: nodes capture pods of environments of prefix "shop"',
    ],
  ])('%s', async (_, script, line) => {
    expect((await told(script)).lines).toEqual([line]);
  });

  it('is looked at again where a capturer is away for a moment', async () => {
    const answers = [
      { environments: 'offshoot', nodes: ['one'] },
      { environments: 'offshoot', nodes: ['one', 'two'] },
    ];
    const { lines, waitedMs } = await told({ answers });
    expect(lines).toEqual(['pass capture: 2 nodes capture in place of taps: each that there is']);
    expect(waitedMs).toBe(1_000);
  });

  it('is not asked for where something else captures', async () => {
    const tap: CaptureChoice = { mode: 'tap', image: 'offshoot:1', tapImage: 'tap:1' };
    expect((await told({ capture: tap })).lines).toEqual([]);
  });
});
