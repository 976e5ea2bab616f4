import { describe, expect, it } from 'vitest';
import { buildReport } from '../../../src/domain/calls/report/build-report.ts';
import type { EdgeHistory } from '../../../src/domain/calls/verdict/latency.ts';
import { callsOf, failedCase, reportInput } from '../../support/call-story.ts';
import { first, reportOf } from '../../support/told-report.ts';

/** Whom a report blames where calls alone do not tell: by other callers, the baseline, and runs that passed. */

describe('a report', () => {
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
});

function usual(to: string, route: string, ownMs: number): EdgeHistory {
  return { from: 'gateway', to, route, ownMs: [ownMs, ownMs + 1, ownMs - 1, ownMs, ownMs] };
}
