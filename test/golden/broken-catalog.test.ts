import { describe, expect, it } from 'vitest';
import { loadCatalog } from '../../src/adapters/catalog-files/catalog-files.ts';

describe('a very broken catalog', () => {
  it('is told all its mistakes at once, each at its place and with a remedy', async () => {
    const { diagnostics } = await loadCatalog(['test/fixtures/broken-catalog'], {
      base: 'test/fixtures/broken-catalog',
    });
    const text = diagnostics
      .map(({ location, severity, code, message, hint }) => {
        const place = location && `${location.file}:${location.line}:${location.column}`;
        return `${place} ${severity} ${code}\n  ${message}\n${hint === undefined ? '' : `  ${hint}\n`}`;
      })
      .join('\n');
    await expect(text).toMatchFileSnapshot('broken-catalog.snap.txt');
  });
});
