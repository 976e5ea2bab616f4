import { describe, expect, it } from 'vitest';
import { redact } from '../../../src/domain/calls/redact.ts';

const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N';

describe('redaction', () => {
  it.each([
    ['password=hunter2 user=ann', 'password=*** user=ann'],
    ['db_password: "hun ter2", retry: 3', 'db_password: "***", retry: 3'],
    ['{"apiKey":"k-1","amount":12}', '{"apiKey":"***","amount":12}'],
    ["{'client_secret': 'a\\'b', 'x': 1}", "{'client_secret': '***', 'x': 1}"],
    ['{"password":"cut in the mid', '{"password":"***'],
    ['Authorization: Bearer abc.def', 'Authorization: ***'],
    ['"authorization":"Bearer abc.def","n":1', '"authorization":"***","n":1'],
    ['Set-Cookie: sid=1; Path=/\nnext line', 'Set-Cookie: *** next line'],
    ['sent Bearer abcdefghij to cart', 'sent Bearer *** to cart'],
    ['token: Bearer abc123def', 'token: *** ***'],
    [`login with ${JWT} failed`, 'login with *** failed'],
    ['postgres://shop:s3cret@db:5432/orders', 'postgres://***@db:5432/orders'],
    ['mail to ann.lee+x@example.org bounced', 'mail to *** bounced'],
    ['card 4111 1111 1111 1111 declined', 'card *** declined'],
    ['card 5555-5555-5555-4444 declined', 'card *** declined'],
    ['order 4111 1111 1111 1112 declined', 'order 4111 1111 1111 1112 declined'],
    ['key sk_live_abcdefgh12345678 leaked', 'key *** leaked'],
    ['seen 9f86d081884c7d659a2feaa0c55ad015 there', 'seen *** there'],
    ['-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY----- done', '*** done'],
    ['-----BEGIN PRIVATE KEY-----\nMIIE cut', '***'],
    ['pwd=x', 'pwd=*'],
    ['\u001b[31mred\u001b[0m\ttext', ' [31mred [0m text'],
  ])('%s', (text, expected) => {
    expect(redact(text)).toBe(expected);
  });

  it.each([
    'connection refused by cart:8080',
    'relation "orders" does not exist at character 15',
    'request 3f2b1c9e-5d7a-4c1b-9a53-0b7c9d1e2f3a took 120 ms',
    'pod recommendations-7f9c8b6d5-x2x4z restarted 3 times',
    'at com.example.shop.PaymentServiceImplementation.charge(Payment.java:42)',
    'GET /carts/42/items?page=2 at 2026-10-03T10:11:12.123456Z',
    'Unexpected token < in JSON at position 0',
  ])('leaves alone: %s', (text) => {
    expect(redact(text)).toBe(text);
  });

  it('cuts to the bytes asked for, between characters', () => {
    expect(redact('äöüäöü', 8)).toBe('äö…');
    expect(redact('äöüä', 8)).toBe('äöüä');
    expect(redact('abcd', 2)).toBe('');
  });

  it('hides a secret that lies across the end of what it looks at', () => {
    const long = `${'password=x '.repeat(744)}secret=${'A1b2'.repeat(5_000)}`;
    expect(redact(long, 16_384)).not.toContain('A1b2');
    expect(redact('A1b2'.repeat(5_000))).toBe('***');
  });
});
