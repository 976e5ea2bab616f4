import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redact, REDACTED_BYTES_MAX } from '../../src/domain/calls/redact.ts';

/** Texts made of what the rules look for, put together in every way, and of anything else. */
const PIECES = [
  'password',
  'token',
  'api_key',
  'Authorization',
  'Set-Cookie',
  'Bearer ',
  'basic ',
  '=',
  ': ',
  '=>',
  '"',
  "'",
  '\\',
  ' ',
  '\n',
  '\t',
  ',',
  ';',
  '*',
  '***',
  '@',
  '://',
  '.',
  '-',
  'eyJhbGciOi.eyJzdWIi.c2ln',
  'ann@example.org',
  '4111111111111111',
  '4111 1111 1111 1111',
  'sk_live_abcdefgh12345678',
  'A1b2C3d4E5f6G7h8I9j0K1l2',
  '-----BEGIN PRIVATE KEY-----',
  '-----END PRIVATE KEY-----',
  'plain words',
  '…',
  '😀',
  '\ud83d',
];

const text = fc
  .array(fc.oneof(fc.constantFrom(...PIECES), fc.string({ unit: 'binary', maxLength: 6 })), {
    maxLength: 60,
  })
  .map((pieces) => pieces.join(''));

const bytes = (value: string): number => new TextEncoder().encode(value).length;

describe('redaction of any text', () => {
  it('is idempotent, never longer than the text nor than its limit', () => {
    fc.assert(
      fc.property(text, fc.constantFrom(0, 2, 8, 64, REDACTED_BYTES_MAX, 4_096), (value, limit) => {
        const once = redact(value, limit);
        expect(redact(once, limit)).toBe(once);
        expect(bytes(once)).toBeLessThanOrEqual(Math.min(bytes(value), limit));
        expect(once.length).toBeLessThanOrEqual(value.length);
      }),
      { numRuns: 3_000 },
    );
  });

  it('hides the value of a secret key wherever it stands', () => {
    const secret = fc.stringMatching(/^[A-Za-z0-9]{8,40}$/u);
    const around = fc.constantFrom('', ' ', 'connect ', '{"a":1,', 'x\n', '?q=1&');
    const key = fc.constantFrom('password', 'DB_PASSWORD', 'access-token', '"secret"', 'x-api-key');
    fc.assert(
      fc.property(
        secret,
        around,
        key,
        fc.constantFrom('=', ': ', ':', ' = '),
        (value, before, name, sign) => {
          expect(redact(`${before}${name}${sign}${value} after`)).not.toContain(value);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('takes time in proportion to the text', () => {
    for (const piece of [
      'a.',
      'password',
      'a@',
      '-',
      '"',
      'eyJhb',
      '1 ',
      '=',
      ': ',
      '\\"',
      'A1',
      'a-',
    ]) {
      const startedAt = performance.now();
      redact(piece.repeat(1_000_000 / piece.length));
      expect(performance.now() - startedAt).toBeLessThan(1_000);
    }
  });
});
