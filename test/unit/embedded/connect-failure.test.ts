import { describe, expect, it } from 'vitest';
import { connectFailureOf } from '../../../src/adapters/embedded/relay/connect-failure.ts';

const attempt = {
  server: 'cart',
  target: { host: 'cart.local', port: 8080 },
  waitedUs: 127_500_000,
};

describe('a connection that does not come about', () => {
  it.each([
    ['ECONNREFUSED', 'tcp.refused', 'connection refused by cart:8080'],
    ['ETIMEDOUT', 'tcp.no_answer', 'no answer from cart.local:8080 for 127.5s'],
    ['EHOSTUNREACH', 'tcp.unreachable', 'cart.local unreachable (EHOSTUNREACH)'],
    ['ENETUNREACH', 'tcp.unreachable', 'cart.local unreachable (ENETUNREACH)'],
    ['ENOTFOUND', 'dns.nxdomain', 'name cart.local does not exist'],
    ['EAI_AGAIN', 'dns.servfail', 'DNS server failed for cart.local'],
    ['EMFILE', 'tcp.connect_failed', 'could not connect to cart.local:8080 (EMFILE)'],
  ])('by %s is %s', (code, errorType, reason) => {
    const error = Object.assign(new Error('connect'), { code });
    expect(connectFailureOf(error, attempt)).toEqual({
      outcome: 'transport_error',
      errorType,
      reason,
    });
  });

  it('for no reason given says so', () => {
    expect(connectFailureOf('odd', attempt).reason).toContain('(unknown)');
  });
});
