import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRedactor } from '../../../src/adapters/embedded/logs/redaction.ts';

function redactorOf(...secrets: string[]): ReturnType<typeof createRedactor> {
  const redactor = createRedactor();
  redactor.learn(secrets);
  return redactor;
}

describe('redaction', () => {
  it('replaces a secret wherever it stands', () => {
    expect(redactorOf('hunter22').redact('a hunter22, hunter22b')).toBe('a ***, ***b');
  });

  it('knows a secret in its form for a URL too', () => {
    expect(redactorOf('p@ss/word').redact('postgres://u:p%40ss%2Fword@h')).toBe(
      'postgres://u:***@h',
    );
  });

  it('knows every line of a longer secret', () => {
    const key = '-----BEGIN KEY-----\nMIIEvgIBADAN\n-----END KEY-----';
    expect(redactorOf(key).redact('found MIIEvgIBADAN here')).toBe('found *** here');
  });

  it('leaves values alone that are too short to be secrets', () => {
    expect(redactorOf('a', '', 'abc').redact('a cab abc')).toBe('a cab abc');
  });

  it('replaces the longer of two secrets that begin alike', () => {
    expect(redactorOf('token', 'token-long').redact('token-long')).toBe('***');
  });

  it('leaves no first part of a secret where a text is cut', () => {
    const redactor = redactorOf('super-secret');
    for (let limit = 3; limit < 20; limit += 1) {
      const cut = redactor.cut(`ab super-secret and more text behind it`, limit);
      expect(cut).not.toMatch(/ s/u);
    }
  });

  it('never lets a secret through, whatever characters it has', () => {
    fc.assert(
      fc.property(
        fc
          .string({ minLength: 4, maxLength: 20 })
          .filter(
            (text) =>
              text.trim().length >= 4 && !/[\r\n]/u.test(text) && !'***'.includes(text.trim()),
          ),
        fc.string(),
        fc.string(),
        (secret, before, after) => {
          const redacted = redactorOf(secret).redact(`${before}\n${secret.trim()}\n${after}`);
          expect(redacted.split('\n')).toContain('***');
        },
      ),
    );
  });
});
