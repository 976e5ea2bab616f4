import { describe, expect, it } from 'vitest';
import type { Call } from '../../../src/domain/calls/call.ts';
import { faultOfCaller } from '../../../src/domain/calls/verdict/faults.ts';
import { routeOf } from '../../../src/domain/calls/outcomes.ts';
import { callsOf } from '../../support/call-story.ts';
import { reportOf } from '../../support/told-report.ts';

function callOf(story: string, more: Partial<Call> = {}): Call {
  const [call] = callsOf(story);
  if (call === undefined) throw new Error('a story without a call');
  return { ...call, ...more };
}

describe('the route of a call', () => {
  it.each([
    ['http', 'GET /carts/42/items', 'GET /carts/{}/items'],
    ['websocket', 'GET /rooms/7f3a', 'GET /rooms/{}'],
    ['grpc', '/shop.v1.CartService/Get2', '/shop.v1.CartService/Get2'],
    ['dubbo', 'shop.v2.CartService/total', 'shop.v2.CartService/total'],
    ['dns', 'A cart-2.shop', 'A cart-2.shop'],
  ])('of %s: %s is %s', (protocol, operation, route) => {
    expect(routeOf(callOf('test → cart 200', { protocol, operation }))).toBe(route);
  });
});

describe('a caller that is to blame', () => {
  const child = callOf('gateway → cart 404 GET /carts/7');
  const unnumbered = { status: null, errorType: 'thrift.exception_1' } as const;

  it.each([
    [callOf('test → gateway 404'), child, 'gateway passed on 404 from cart (GET /carts/7)'],
    [callOf('test → gateway 500'), child, 'gateway turned 404 from cart (GET /carts/7) into 500'],
    [
      callOf('test → gateway 500', { status: null }),
      { ...child, ...unnumbered },
      'gateway turned client_error from cart (GET /carts/7) into server_error',
    ],
    [
      callOf('test → gateway 404', unnumbered),
      { ...child, ...unnumbered },
      'gateway passed on client_error from cart (GET /carts/7)',
    ],
  ])('%# is told by what it made of the answer', (call, below, reason) => {
    expect(faultOfCaller(call, { ...below, reason: null }, true).reason).toBe(reason);
  });
});

describe('a refusal that nobody else got', () => {
  it('may be the mistake of who refused: it is named next', () => {
    const report = reportOf(
      'test → gateway 404 [ gateway → checkout 404 [ checkout → orders 404 ] ]',
    );
    expect(report.culprits).toMatchObject([
      { component: 'checkout', confidence: 'low' },
      { component: 'orders', code: 'http.404', confidence: 'low' },
    ]);
  });

  it('is not where others got an answer', () => {
    const report = reportOf(`test → checkout 200 [ checkout → orders 200 ]
      test → gateway 404 [ gateway → orders 404 ]`);
    expect(report.culprits.map(({ component }) => component)).toEqual(['gateway']);
  });
});

describe('a component that calls its own address', () => {
  it('is told so, and no edge is blamed', () => {
    const report = reportOf(`test → gateway 200 GET /health
      test → gateway 500 [ gateway → gateway refused "connection refused by gateway:6379" ]`);
    expect(report.culprits[0]).toMatchObject({
      component: 'gateway',
      edge: null,
      reason: 'gateway looks for it at its own address: connection refused by gateway:6379',
    });
  });
});
