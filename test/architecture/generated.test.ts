import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ERROR_CODES } from '../../src/domain/errors.ts';
import { documentedCodes } from '../support/errors-document.ts';
import { generatedFiles } from '../support/generated-files.ts';

describe('generated files', () => {
  it.each([...generatedFiles().keys()])('%s is what `npm run generate` would write', (path) => {
    expect(readFileSync(path, 'utf8')).toBe(generatedFiles().get(path));
  });
});

describe('docs/errors.md', () => {
  const documented = documentedCodes(readFileSync('docs/errors.md', 'utf8'));

  it('documents every code', () => {
    expect(Object.keys(ERROR_CODES).filter((code) => !documented.includes(code))).toEqual([]);
  });

  it('documents no code that does not exist, and none twice', () => {
    expect(documented.filter((code) => !Object.hasOwn(ERROR_CODES, code))).toEqual([]);
    expect(new Set(documented).size).toBe(documented.length);
    expect(documented.length).toBeGreaterThan(50);
  });
});
