import { describe, expect, it } from 'vitest';
import { buildReport } from '../../../src/domain/calls/report/build-report.ts';
import type { Report } from '../../../src/domain/calls/report.ts';
import { callsOf, event, failedCase, passedCase, reportInput } from '../../support/call-story.ts';
import { DEEP, failing, reportOf, verdicts } from '../../support/told-report.ts';

describe('buildReport', () => {
  it('names the way from the root to the cause as evidence, its words and its latency', () => {
    const [culprit] = reportOf(DEEP).culprits;
    expect(culprit).toMatchObject({
      evidence: ['c1', 'c2', 'c4'],
      reason: 'division by zero',
      latencyMs: 5,
      cases: ['buys a mug'],
    });
  });

  it('says how late the answer was and how long the caller waits', () => {
    const report = reportOf(
      `test → gateway cancelled @0..2000 [ gateway → checkout 200 @100..3300 ]`,
    );
    expect(report.culprits[0]?.reason).toBe('slow: answered after 3.2s, caller waits 1.9s');
  });

  it('rounds longer waits to seconds', () => {
    const report = reportOf(`test → gateway cancelled @0..60000 [
      gateway → checkout 200 @100..61334 ]`);
    expect(report.culprits[0]?.reason).toBe('slow: answered after 61s, caller waits 60s');
  });

  it('says what a refusal said, and what its caller made of it', () => {
    const turned = reportOf(
      `test → gateway 500 [ gateway → cart 404 GET /carts/7 "no such cart" ]`,
    );
    expect(turned.culprits[0]?.reason).toBe(
      'gateway turned 404 from cart (GET /carts/7) into 500: no such cart',
    );
    const reset = reportOf(`test → gateway reset [ gateway → cart 404 GET /carts/7 ]`);
    expect(reset.culprits[0]?.reason).toBe(
      'gateway turned 404 from cart (GET /carts/7) into transport_error',
    );
  });

  it('names a component once when what happened to it names it already', () => {
    const report = reportOf(`test → gateway 200`, {
      types: { fulfilment: 'worker' },
      events: [event('fulfilment', 1, 'EXITED', 'fulfilment exited with code 1')],
    });
    expect(report.culprits[0]?.reason).toBe('fulfilment exited with code 1');
  });

  it('tells events of one instant in one order, whatever the order they came in', () => {
    const events = ['b', 'a'].map((message) => event('fulfilment', 1, 'EXITED', message));
    const told = [events, events.toReversed()].map(
      (given) => reportOf(`test → gateway 200`, { events: given }).culprits[0]?.reason,
    );
    expect(told).toEqual(['fulfilment: a', 'fulfilment: a']);
  });

  it('puts what happened to the peer before what the caller saw of it', () => {
    const report = reportOf(
      `test → gateway 502 @1000..1020 [ gateway → pricing refused @1005..1006 "connection refused by pricing:80" ]`,
      { events: [event('pricing', 606, 'OUT_OF_MEMORY', 'used more than 64 MiB')] },
    );
    expect(report.culprits[0]?.reason).toBe(
      'pricing: used more than 64 MiB 0.4s earlier; connection refused by pricing:80',
    );
  });

  it('takes the strongest of several events of one component', () => {
    const report = reportOf(
      `test → gateway 502 @1000..1020 [ gateway → pricing refused @1005..1006 ]`,
      {
        events: [
          event('pricing', 990, 'EXITED'),
          event('pricing', 992, 'OUT_OF_MEMORY'),
          event('pricing', 995, 'PROBE_FAILING'),
        ],
      },
    );
    expect(report.culprits[0]?.code).toBe('OUT_OF_MEMORY');
  });

  it('keeps the surest account of a culprit that explains several cases', () => {
    const report = reportOf(
      `test → gateway 500 lost #a @0..50 [ gateway → cart 500 #a @1..10 ]
       test → gateway 500 #b @100..150 [ gateway → cart 500 #b @101..110 ]`,
      { cases: [failedCase('a'), failedCase('b')] },
    );
    expect(report.culprits).toMatchObject([
      { component: 'cart', cases: ['a', 'b'], confidence: 'high', evidence: ['c3', 'c4'] },
    ]);
  });

  it('does not list the cause of one case as a candidate for another', () => {
    const report = reportOf(
      `test → gateway 500 #a @0..50 [ gateway → cart 500 #a @1..10 gateway → pricing 500 #a @11..20 ]
       test → gateway 500 #b @100..150 [ gateway → pricing 500 #b @101..110 ]`,
      { cases: [failedCase('a'), failedCase('b')] },
    );
    expect(report.culprits.map(({ component, cases }) => [component, cases])).toEqual([
      ['cart', ['a']],
      ['pricing', ['b']],
    ]);
  });

  it('has no usual times of an edge whose calls never ended', () => {
    const { edges } = reportOf('test → gateway open @0..', { cases: [passedCase('a', 0, 9)] });
    expect(edges).toEqual([
      { from: 'test', to: 'gateway', calls: 1, failed: 0, p50Ms: null, p95Ms: null },
    ]);
  });

  it('finds one cause for each of two failed cases', () => {
    const report = reportOf(
      `test → gateway 500 @0..50 [ gateway → cart 500 @1..40 ]
       test → gateway 200 @100..150
       test → gateway 500 @200..250 [ gateway → pricing refused @201..202 ]`,
      {
        cases: [
          failedCase('fills a cart', 0, 60),
          passedCase('looks', 90, 160),
          failedCase('pays', 190, 260),
        ],
      },
    );
    expect(failing(report)).toEqual(['cart', 'pricing']);
    expect(report.culprits.map(({ component, cases }) => [component, cases])).toEqual([
      ['cart', ['fills a cart']],
      ['pricing', ['pays']],
    ]);
  });

  it('lists one culprit for all the cases it explains', () => {
    const report = reportOf(
      `test → gateway 500 @0..50 [ gateway → cart 500 @1..40 ]
       test → gateway 500 @100..150 [ gateway → cart 500 @101..140 ]`,
      { cases: [failedCase('a', 0, 60), failedCase('b', 90, 160)] },
    );
    expect(report.culprits.map(({ component, cases }) => [component, cases])).toEqual([
      ['cart', ['a', 'b']],
    ]);
  });

  it('lists at most three candidates for a case, and only the cause explains it', () => {
    const report = reportOf(
      `test → gateway 500 @0..100 [ gateway → a 500 @1..10 gateway → b 500 @2..20
       gateway → c 500 @3..30 gateway → d 500 @4..40 ]`,
    );
    expect(report.culprits.map(({ component, cases }) => [component, cases])).toEqual([
      ['a', ['buys a mug']],
      ['b', []],
      ['c', []],
    ]);
    expect(failing(report)).toEqual(['a']);
  });

  it('tells eight cases apart that run at once and mark their calls', () => {
    const names = Array.from({ length: 8 }, (_, index) => `case%20${index}`);
    const story = names
      .map((mark, index) => {
        const [from, to] = [index, 200 + index];
        const below =
          index === 2
            ? `gateway → cart 500 #${mark} @${from + 30}..${from + 60}`
            : `gateway → cart 200 #${mark} @${from + 30}..${from + 60}
               gateway → pricing ${index === 5 ? 500 : 200} #${mark} @${from + 70}..${from + 99}`;
        const status = index === 2 || index === 5 ? 500 : 200;
        return `test → gateway ${status} #${mark} @${from}..${to} [ ${below} ]`;
      })
      .join('\n');
    const cases = names.map((_, index) =>
      index === 2 || index === 5 ? failedCase(`case ${index}`) : passedCase(`case ${index}`),
    );
    const report = reportOf(story, { cases });
    expect(
      report.culprits.map(({ component, cases: of, confidence }) => [component, of, confidence]),
    ).toEqual([
      ['cart', ['case 2'], 'high'],
      ['pricing', ['case 5'], 'high'],
    ]);
    expect(report.cases.every(({ window }) => window !== null)).toBe(true);
  });

  it('says of calls that could belong to several parents that it is not sure', () => {
    const report = reportOf(
      `test → gateway 500 @0..100 [ gateway → cart 500 @50..60 ] test → gateway 200 @10..110`,
    );
    expect(report.culprits[0]?.confidence).toBe('low');
  });

  it('treats the whole run as one case when nothing says when cases ran', () => {
    const report = reportOf(DEEP, { cases: [failedCase('a'), passedCase('b'), failedCase('c')] });
    expect(report.culprits).toHaveLength(1);
    expect(report.culprits[0]).toMatchObject({ confidence: 'low', cases: ['a', 'c'] });
  });

  it('lists causes of one instant by component and code', () => {
    const report = reportOf(
      `test → gateway 503 #b @0..50  test → gateway 500 #a @0..50  test → cart 500 #c @0..50`,
      { cases: [failedCase('b'), failedCase('a'), failedCase('c')] },
    );
    expect(report.culprits.map(({ component, code }) => `${component} ${code}`)).toEqual([
      'cart http.500',
      'gateway http.500',
      'gateway http.503',
    ]);
  });

  it('says once of a component what hid the causes of several cases', () => {
    const report = reportOf(
      `test → gateway 500 #a @0..50 [ gateway → pricing unknown #a @1..10 ]
       test → gateway 500 #b @100..150 [ gateway → pricing unknown #b @101..110 ]`,
      { cases: [failedCase('a'), failedCase('b')] },
    );
    expect(report.culprits).toEqual([]);
    expect(report.verdicts.find(({ component }) => component === 'pricing')).toMatchObject({
      verdict: 'Unknown',
      evidence: ['c1', 'c2'],
    });
  });

  it('names three of the cases that it has no cause for, and counts the others', () => {
    const report = reportOf('', {
      cases: ['a', 'b', 'c', 'd', 'e'].map((name) => failedCase(name)),
    });
    expect(report.notes[0]).toBe(
      'no cause found for "a", "b", "c" and 2 more: no call of the tests was seen',
    );
  });

  it('says that the baseline moved during the run', () => {
    const input = reportInput(DEEP);
    const report = buildReport({ ...input, run: { ...input.run, baselineMoved: true } });
    expect(report.notes).toContain('the baseline moved during the run');
  });

  it('lists the revisions of what has one', () => {
    const input = reportInput('test → gateway 200 [ gateway → cart 200 ]');
    const components = input.plan.components.map((component) =>
      component.name === 'cart' ? { ...component, revision: null } : component,
    );
    const report = buildReport({ ...input, plan: { ...input.plan, components } });
    expect(report.revisions).toEqual({ gateway: 'sha-of-gateway' });
  });

  it('is not sure of anything when calls were lost', () => {
    const input = reportInput(DEEP);
    const report = buildReport({ ...input, run: { ...input.run, droppedCalls: 3 } });
    expect(report.culprits[0]?.confidence).toBe('low');
    expect(report.notes[0]).toMatch(/^3 calls were lost/u);
  });

  it('never makes anything failing because of a passed case', () => {
    const report = reportOf(DEEP, {
      cases: [passedCase('rejects nonsense', 0, 1000)],
      events: [event('pricing', 1, 'EXITED')],
    });
    expect(report.outcome).toBe('passed');
    expect(report.culprits).toEqual([]);
    expect(new Set(Object.values(verdicts(report)))).toEqual(new Set(['Healthy', 'Unknown']));
  });

  it('leaves out what failed outside the windows of failed cases', () => {
    const report = reportOf(
      `worker → shipping 500 @5..9
       test → gateway 200 @100..150
       worker → shipping 500 @120..125
       test → gateway 500 @200..250`,
      { cases: [passedCase('a', 90, 160), failedCase('b', 190, 260)], types: { worker: 'worker' } },
    );
    expect(failing(report)).toEqual(['gateway']);
  });

  it('knows the baseline as origin when the same case fails there in the same way', () => {
    const there = reportOf(DEEP);
    const report = reportOf(DEEP, { changed: ['pricing'], more: { baselineResult: there } });
    expect(report.culprits[0]?.origin).toBe('baseline');
    expect(report.verdicts.find(({ verdict }) => verdict === 'Failing')?.origin).toBe('baseline');
  });

  it('does not blame the baseline when a case that is new with the branch fails there in another way', () => {
    const there = reportOf(`test → gateway 404`);
    const report = reportOf(DEEP, { changed: ['pricing'], more: { baselineResult: there } });
    expect(report.culprits[0]?.origin).toBe('change');
    expect(report.notes).toContain('"buys a mug" fails on the baseline too, but in another way');
  });

  it('compares messages where the baseline gave no cause', () => {
    expect(originBeside('order 4 answered 500')).toBe('baseline');
    expect(originBeside('the shop is closed')).toBe('change');
    expect(originBeside(null)).toBe('baseline');
  });

  it('gives a run against the baseline itself the baseline as origin', () => {
    const report = reportOf(DEEP, { more: { isBaseline: true } });
    expect(report.culprits[0]?.origin).toBe('baseline');
  });

  it('reports calls to the baseline’s copy of what is inside, and into other environments', () => {
    const report = reportOf(
      `test → gateway 200 [ gateway → baseline/cart 200 gateway → feat-x/pricing 200
       gateway → baseline/accounts 200 ]`,
      { types: { cart: 'service' }, boundary: ['accounts'] },
    );
    expect(report.breaches).toEqual([
      { code: 'BASELINE_LEAK', from: 'gateway', to: 'baseline/cart', evidence: ['c2'] },
      { code: 'CROSS_ENVIRONMENT', from: 'gateway', to: 'feat-x/pricing', evidence: ['c3'] },
    ]);
    expect(verdicts(report)['accounts']).toBe('Healthy');
  });

  it('names at most ten calls as evidence of one breach', () => {
    const report = reportOf(`test → gateway 200 [ ${'gateway → feat-x/cart 200 '.repeat(12)} ]`);
    expect(report.breaches[0]?.evidence).toHaveLength(10);
  });

  it('lists calls that the catalog does not declare, and declared ones that were not seen', () => {
    const report = reportOf('test → gateway 200 [ gateway → cart 200 ]', {
      types: { reports: 'worker', tax: 'service' },
      dependencies: { gateway: ['tax', 'reports'] },
    });
    expect(report.undeclared).toEqual([{ from: 'gateway', to: 'cart' }]);
    expect(report.unseen).toEqual([{ from: 'gateway', to: 'tax' }]);
  });

  it('does not miss a declaration between who publishes a topic and who consumes it', () => {
    const told = reportInput('test → orders 200 [ orders → mail 200 orders → audit 200 ]', {
      types: { orders: 'service', mail: 'worker', audit: 'worker', events: 'datastore' },
    });
    const report = buildReport({
      ...told,
      plan: {
        ...told.plan,
        definitions: {
          orders: { type: 'service', dependencies: [{ name: 'events', publishes: ['paid'] }] },
          mail: { type: 'worker', dependencies: [{ name: 'events', consumes: ['paid'] }] },
          audit: { type: 'worker', dependencies: [{ name: 'events', consumes: ['sent'] }] },
          events: { type: 'datastore', dependencies: [] },
        },
      },
    });
    expect(report.undeclared).toEqual([{ from: 'orders', to: 'audit' }]);
  });

  it.each([
    ['test → gateway 200 GET /a @0..10', 'server_error', 'error', '200 on the wire, error in'],
    ['test → gateway 500 GET /a @0..10', 'ok', null, '500 on the wire, ok in'],
  ] as const)(
    'says where the wire and spans disagree: %s, %s',
    (line, outcome, errorType, words) => {
      const told = reportInput(line, {});
      const [wire] = told.calls;
      const said = { outcome, errorType, source: 'spans' } as const;
      const spans = told.calls.map((call) => ({
        ...call,
        ...said,
        id: 'span',
        side: 'client' as const,
      }));
      expect(wire).toBeDefined();
      expect(buildReport({ ...told, calls: [...told.calls, ...spans] }).notes).toContain(
        `the wire and a span disagree: test → gateway ${words} the span`,
      );
    },
  );

  it('keeps at most 200 failed calls, the evidence first', () => {
    const report = reportOf(`${'test → gateway 404 '.repeat(300)} ${DEEP}`);
    expect(report.calls).toHaveLength(200);
    expect(report.calls.slice(0, 3).map(({ id }) => id)).toEqual(report.culprits[0]?.evidence);
  });

  it('says which failures somebody coped with', () => {
    const report = reportOf('test → gateway 200 [ gateway → ads 503 gateway → ads 503 ]', {
      cases: [passedCase('a', 0, 100)],
    });
    expect(report.notes).toEqual(['coped with: gateway → ads http.503 (2 times)']);
  });

  it('survives names that objects have by themselves', () => {
    const report = reportOf('test → constructor 500 [ constructor → __proto__ 500 ]');
    expect(report.culprits[0]?.component).toBe('__proto__');
  });

  it('walks a chain of ten thousand components', () => {
    const depth = 10_000;
    const calls = Array.from({ length: depth }, (_, index) => {
      const [call] = callsOf(`s${index} → s${index + 1} 500 @${index / 100}..${500 - index / 100}`);
      if (call === undefined) throw new Error('story');
      return { ...call, id: `c${index}`, client: index === 0 ? 'test' : call.client };
    });
    const report = reportOf('', { cases: [failedCase('a', 0, 500)], more: { calls } });
    expect(report.culprits[0]?.component).toBe(`s${depth}`);
  });
});

function failsWith(message: string | null): Report['cases'] {
  return [{ ...failedCase('buys a mug', 0, 100), message }];
}

/** Five runs around so many milliseconds. */
/** Origin where the case fails on the baseline too, of which only its message is known. */
function originBeside(message: string | null): string | undefined {
  return reportOf(DEEP, {
    changed: ['pricing'],
    cases: failsWith('order 17 answered 500'),
    more: { baselineResult: { cases: failsWith(message), culprits: [] } },
  }).culprits[0]?.origin;
}
