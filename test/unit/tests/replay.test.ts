import { describe, expect, it } from 'vitest';
import { placeNames, type Names } from '../../../src/application/tests/place-names.ts';
import { replay } from '../../../src/application/tests/replay.ts';
import type { Call } from '../../../src/domain/calls/call.ts';
import { catalogOf, component } from '../../support/catalogs.ts';
import { smallShop } from '../../support/cli-shop.ts';
import { verdicts } from '../../support/told-report.ts';

const shop = smallShop();
const NOBODY: Names = { hosts: new Map(), asked: new Map() };

function call(fields: Partial<Call>): Call {
  return {
    id: 'c0-0',
    client: '10.0.0.1:40000',
    server: '10.0.0.2:80',
    protocol: 'http',
    operation: 'GET /a',
    startedAtUs: 1_000,
    firstByteAtUs: fields.endedAtUs ?? 2_000,
    endedAtUs: 2_000,
    outcome: 'ok',
    errorType: null,
    reason: null,
    side: 'both',
    status: 200,
    correlation: {},
    confidence: 'high',
    connectionId: fields.id ?? 'c0',
    ...fields,
  };
}

const failed = { outcome: 'server_error', errorType: '500', status: 500 } as const;

function named(names: Partial<Names>, fields: Partial<Call> = {}, catalog = shop): string {
  const [first] = placeNames(catalog, { ...NOBODY, ...names }, [call(fields)]);
  return first === undefined ? 'nobody' : `${first.client} → ${first.server}`;
}

describe('an address', () => {
  it('is what the user says, with its port before without', () => {
    const hosts = new Map([
      ['10.0.0.1', 'gateway'],
      ['10.0.0.2', 'checkout'],
      ['10.0.0.2:80', 'pricing'],
    ]);
    expect(named({ hosts })).toBe('gateway → pricing');
    expect(named({ hosts }, { server: '10.0.0.2:81' })).toBe('gateway → checkout');
    expect(named({ hosts: new Map([['fd00::2', 'pricing']]) }, { server: '[fd00::2]:80' })).toBe(
      'test → pricing',
    );
  });

  it('is the component that somebody asked for, with whatever domain', () => {
    expect(named({ asked: new Map([['10.0.0.2', 'pricing.shop.svc.cluster.local']]) })).toBe(
      'test → pricing',
    );
    expect(named({ asked: new Map([['10.0.0.2', 'pricing']]) })).toBe('test → pricing');
  });

  it('is the external component with that name, else the name itself', () => {
    const catalog = catalogOf([
      component({
        name: 'bank',
        type: 'external',
        external: { address: 'api.bank.example', cidrs: [] },
      }),
    ]);
    const asked = new Map([['10.0.0.2', 'api.bank.example']]);
    expect(named({ asked }, {}, catalog)).toBe('test → bank');
    expect(named({ asked }, {})).toBe('test → api.bank.example:80');
  });

  it('of a caller that is no component is the test, of a server stays', () => {
    expect(named({})).toBe('test → 10.0.0.2:80');
  });
});

describe('the reason of a call', () => {
  it('has the names in place of the addresses', () => {
    const hosts = new Map([['10.0.0.2', 'pricing']]);
    const [told] = placeNames(shop, { ...NOBODY, hosts }, [
      call({ ...failed, reason: '500 from 10.0.0.2:80 GET /a, refused by 10.0.0.2' }),
    ]);
    expect(told?.reason).toBe('500 from pricing GET /a, refused by pricing');
  });
});

describe('a question to a name server', () => {
  const question = { protocol: 'dns', operation: 'A pricing.shop.svc', server: '10.0.0.53:53' };

  it('that was answered is nobody’s call', () => {
    expect(named({}, question)).toBe('nobody');
  });

  it('that failed is a call to what it asked for', () => {
    const nxdomain = { outcome: 'transport_error', errorType: 'dns.nxdomain', status: 3 } as const;
    expect(named({}, { ...question, ...nxdomain })).toBe('test → pricing');
    expect(named({}, { ...question, ...nxdomain, operation: 'A pricng' })).toBe('test → pricng');
  });
});

describe('a replay', () => {
  const hosts = new Map([
    ['10.0.0.2', 'gateway'],
    ['10.0.0.3', 'checkout'],
    ['10.0.0.4', 'accounts'],
  ]);
  const recording = {
    names: { hosts, asked: new Map<string, string>() },
    doubts: [],
    droppedCalls: 0,
  };

  it('of nothing passes and knows nobody', () => {
    const report = replay(shop, { ...recording, calls: [] });
    expect(report).toMatchObject({ outcome: 'passed', cases: [], culprits: [], edges: [] });
    expect(report.startedAt).toBe('1970-01-01T00:00:00.000Z');
  });

  it('explains each failed root by itself, so that two causes are both found', () => {
    const report = replay(shop, {
      ...recording,
      calls: [
        call({ id: 'a', ...failed, startedAtUs: 1_000, endedAtUs: 9_000 }),
        call({
          id: 'b',
          ...failed,
          client: '10.0.0.2:5',
          server: '10.0.0.3:80',
          startedAtUs: 2_000,
          endedAtUs: 3_000,
        }),
        call({ id: 'c', ...failed, startedAtUs: 20_000, endedAtUs: 29_000 }),
        call({
          id: 'd',
          ...failed,
          client: '10.0.0.2:6',
          server: '10.0.0.4:80',
          startedAtUs: 21_000,
          endedAtUs: 22_000,
        }),
      ],
    });
    expect(report.cases.map(({ name, outcome }) => `${name} ${outcome}`)).toEqual([
      'GET /a failed',
      'GET /a (2) failed',
    ]);
    expect(report.culprits.map(({ component: name }) => name).toSorted()).toEqual([
      'accounts',
      'checkout',
    ]);
    expect(verdicts(report)).toMatchObject({ gateway: 'Impaired' });
  });

  it('takes the name of a case from the mark of its roots, failed if one of them failed', () => {
    const testCase = { correlation: { testCase: 'buys' } };
    const report = replay(shop, {
      ...recording,
      calls: [
        call({ id: 'a', ...testCase }),
        call({ id: 'b', ...testCase, ...failed, startedAtUs: 5_000, endedAtUs: 6_000 }),
      ],
    });
    expect(report.cases).toMatchObject([{ name: 'buys', outcome: 'failed' }]);
    expect(replay(shop, { ...recording, calls: [call(testCase)] }).cases).toMatchObject([
      { name: 'buys', outcome: 'passed' },
    ]);
  });

  it('says what could not be used, and is less sure where calls are missing', () => {
    const report = replay(shop, {
      ...recording,
      doubts: ['9 packets lost by the recorder'],
      droppedCalls: 3,
      calls: [call(failed)],
    });
    expect(report.notes).toContain('9 packets lost by the recorder');
    expect(report.culprits).toMatchObject([{ component: 'gateway', confidence: 'low' }]);
  });
});
