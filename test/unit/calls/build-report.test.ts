import { describe, expect, it } from 'vitest';
import { buildReport } from '../../../src/domain/calls/report/build-report.ts';
import type { EdgeHistory } from '../../../src/domain/calls/verdict/latency.ts';
import type { Report } from '../../../src/domain/calls/report.ts';
import { callsOf, event, failedCase, passedCase, reportInput } from '../../support/call-story.ts';
import { DEEP, failing, first, reportOf, verdicts } from '../../support/told-report.ts';

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

  it('blames the edge when the server, whose arrivals are recorded, never saw the call', () => {
    const report = reportOf(
      `test → checkout 200 [ checkout → pricing 200 ]
       test → gateway 502 @100..2200 [ gateway → pricing timeout from=client @110..2110 ]`,
    );
    expect(first(report)).toMatchObject({
      component: 'gateway',
      edge: { from: 'gateway', to: 'pricing' },
      confidence: 'low',
    });
  });

  it('knows from the record of the server that it answered after the caller had gone', () => {
    const report = reportOf(
      `test → gateway 502 @0..1003 [
         gateway → pricing cancelled @1..1001 from=client GET /p
         gateway → pricing 200 @2..1900 from=server GET /p ]`,
    );
    expect(report.culprits[0]).toMatchObject({ component: 'pricing', code: 'slow' });
    expect(report.edges.find(({ to }) => to === 'pricing')?.calls).toBe(1);
  });

  it('crosses the boundary when calls of the baseline are given', () => {
    const [root, accounts, ldap] = callsOf(
      `test → gateway 500 [ gateway → accounts 500 [ accounts → ldap 500 ] ]`,
    );
    if (root === undefined || accounts === undefined || ldap === undefined)
      throw new Error('story');
    const report = reportOf('', {
      boundary: ['accounts', 'ldap'],
      types: { gateway: 'service' },
      cases: [failedCase('a', 0, 100)],
      more: { calls: [root, accounts], baselineCalls: [ldap] },
    });
    expect(first(report)).toMatchObject({ component: 'ldap', origin: 'baseline' });
    expect(report.edges.map(({ to }) => to)).toEqual(['accounts', 'gateway']);
  });

  it.each([
    ['accounts → ldap 500', 'ldap', 'baseline'],
    ['accounts → ldap dns', 'accounts', 'baseline'],
    ['accounts → directory.example:636 500', 'directory.example:636', 'external'],
  ])(
    'names who is behind the boundary though the plan does not know it: %s',
    (beyond, component, origin) => {
      const [root, accounts, deeper] = callsOf(
        `test → gateway 500 [ gateway → accounts 500 [ ${beyond} ] ]`,
      );
      if (root === undefined || accounts === undefined || deeper === undefined)
        throw new Error('story');
      const report = reportOf('', {
        boundary: ['accounts'],
        types: { gateway: 'service' },
        cases: [failedCase('a', 0, 100)],
        more: {
          calls: [root, accounts],
          baselineCalls: [{ ...deeper, side: 'client' }],
        },
      });
      expect(first(report)).toMatchObject({ component, origin });
    },
  );

  it('misses nothing at the baseline, which saw others arrive and knows no caller of the environment', () => {
    const [root, given, arrived] = callsOf(
      `test → gateway 502 @100..2200 [ gateway → accounts timeout from=client @110..2110 ]
       outside → accounts 200 from=server @300..310`,
    );
    if (root === undefined || given === undefined || arrived === undefined)
      throw new Error('story');
    const report = reportOf('', {
      boundary: ['accounts'],
      types: { gateway: 'service' },
      cases: [failedCase('a', 0, 3000)],
      more: { calls: [root, given], baselineCalls: [arrived] },
    });
    expect(first(report)).toMatchObject({
      component: 'accounts',
      origin: 'baseline',
      code: 'no_response',
      edge: null,
    });
  });

  it('blames who speaks TLS to a server that answers others in plain text, and this one never', () => {
    const input = reportInput(
      `test → products 200 @0..10 [ products → pricing 200 @1..9 ]
       test → gateway 502 @100..2200 [ gateway → pricing timeout from=client @110..2110 ]`,
      { cases: [failedCase('b', 90, 2300)] },
    );
    const calls = input.calls.map((call) =>
      call.outcome === 'timeout' ? { ...call, protocol: 'tls', operation: 'TLS pricing' } : call,
    );
    expect(buildReport({ ...input, calls }).culprits[0]).toMatchObject({
      component: 'gateway',
      edge: { from: 'gateway', to: 'pricing' },
      code: 'tls.plain_mismatch',
      confidence: 'low',
      reason: 'gateway spoke TLS to pricing, which never answered that, but others in plain text',
    });
    const encrypted = calls.map((call) =>
      call.server === 'pricing' ? { ...call, protocol: 'tls' } : call,
    );
    const [culprit] = buildReport({ ...input, calls: encrypted }).culprits;
    expect(culprit?.code).not.toBe('tls.plain_mismatch');
  });

  it.each([
    ['who was turned away by a store, even one that used to let it in', '28P01', 'gateway'],
    ['a store that lacks what it used to have', '42P01', 'carts'],
  ])('blames %s', (_, errorType, component) => {
    const input = reportInput('test → gateway 500 [ gateway → carts 404 ]');
    const calls = input.calls.map((call) =>
      call.server === 'carts'
        ? { ...call, protocol: 'postgres', operation: 'CONNECT', status: null, errorType }
        : call,
    );
    const history = [usual('carts', 'CONNECT', 5)];
    expect(first(buildReport({ ...input, calls, history }))?.component).toBe(component);
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

  it('ranks by usual times when a case ran out of time and all that it waited for was done', () => {
    const story = `test → gateway timeout @0..1000 [ ${Array.from(
      { length: 9 },
      (_, index) =>
        `gateway → pricing 200 GET /prices/${index} @${index * 100 + 5}..${index * 100 + 95}`,
    ).join(' ')} gateway → cart 200 GET /cart @910..990 ]`;
    const history = [usual('pricing', 'GET /prices/{}', 90), usual('cart', 'GET /cart', 75)];
    const withHistory = reportOf(story, { more: { history } });
    expect(first(withHistory)).toMatchObject({ component: 'pricing', code: 'slow' });
    expect(first(reportOf(story))).toMatchObject({ component: 'gateway', code: 'no_response' });
    const tooFew = history.map(({ ownMs, ...edge }) =>
      Object.assign(edge, { ownMs: ownMs.slice(0, 4) }),
    );
    expect(first(reportOf(story, { more: { history: tooFew } }))?.component).toBe('gateway');
  });

  it.each([
    ['the caller, whom no run that passed shows to ask rightly', [], [], 'gateway'],
    ['the callee, which runs that passed asked the same', ['GET /carts/{}'], [], 'cart'],
    ['the callee that changed', ['GET /carts/{}'], ['cart'], 'cart'],
    ['the caller that changed, and its callee did not', ['GET /carts/{}'], ['gateway'], 'gateway'],
    ['the caller, who asks for something new', ['GET /basket'], ['cart'], 'gateway'],
  ])('blames for a refusal that nobody else met %s', (_, routes, changed, component) => {
    const story = 'test → gateway 500 [ gateway → cart 404 GET /carts/7 ]';
    const history = routes.map((route) => usual('cart', route, 5));
    expect(first(reportOf(story, { changed, more: { history } }))?.component).toBe(component);
  });

  it('takes what was slower than usual for the cause of a case that ran out of time', () => {
    const story = `test → gateway 200 @0..1000 [ gateway → pricing 200 GET /prices @5..950 ]`;
    const cases = [{ ...failedCase('a', 0, 1100), message: 'timed out after 1s' }];
    const history = [usual('pricing', 'GET /prices', 90)];
    expect(first(reportOf(story, { cases, more: { history } }))).toMatchObject({
      component: 'pricing',
      code: 'slow',
      confidence: 'low',
    });
    expect(first(reportOf(story, { cases }))).toBeNull();
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
function usual(to: string, route: string, ownMs: number): EdgeHistory {
  return { from: 'gateway', to, route, ownMs: [ownMs, ownMs + 1, ownMs - 1, ownMs, ownMs] };
}

/** Origin where the case fails on the baseline too, of which only its message is known. */
function originBeside(message: string | null): string | undefined {
  return reportOf(DEEP, {
    changed: ['pricing'],
    cases: failsWith('order 17 answered 500'),
    more: { baselineResult: { cases: failsWith(message), culprits: [] } },
  }).culprits[0]?.origin;
}
