import { describe, expect, it } from 'vitest';
import {
  EXIT,
  EXIT_CODES,
  EXIT_MEANINGS,
  type ExitCode,
} from '../../../src/adapters/cli/exit-codes.ts';
import { classOf, ERROR_CODES, isErrorCode, type ErrorCode } from '../../../src/domain/errors.ts';

const CODES = Object.keys(ERROR_CODES).filter(isErrorCode);

function codesWith(...exits: readonly ExitCode[]): readonly ErrorCode[] {
  return CODES.filter((code) => exits.includes(EXIT_CODES[code]));
}

describe('the exit code', () => {
  it('of every error code is decided, and of nothing else', () => {
    expect(Object.keys(EXIT_CODES).toSorted()).toEqual(CODES.toSorted());
  });

  it('has a meaning', () => {
    expect(Object.keys(EXIT_MEANINGS).map(Number)).toEqual(Object.values(EXIT));
  });

  it('of an error is never 0', () => {
    expect(codesWith(EXIT.fine)).toEqual([]);
  });

  it('blames infrastructure only for what infrastructure did', () => {
    const infrastructure = CODES.filter((code) => classOf(code) === 'infrastructure');
    const refused: ErrorCode = 'QUOTA_EXCEEDED';
    expect(codesWith(EXIT.infrastructure)).toEqual(
      infrastructure.filter((code) => code !== refused),
    );
    expect(EXIT_CODES[refused]).toBe(EXIT.refused);
  });

  it('blames Offshoot only for what Offshoot did', () => {
    expect(codesWith(EXIT.internal).filter((code) => classOf(code) !== 'system')).toEqual([]);
  });

  it('of usage, catalog and project mistakes is 2', () => {
    const input = CODES.filter((code) => /^(USAGE|CATALOG_|PROJECT_|BRANCH_|PLAN_)/u.test(code));
    expect(input.length).toBeGreaterThan(15);
    expect(input.filter((code) => EXIT_CODES[code] !== EXIT.input)).toEqual([]);
  });
});
