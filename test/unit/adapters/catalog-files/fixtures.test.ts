import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  loadCatalog,
  type LoadedCatalog,
} from '../../../../src/adapters/catalog-files/catalog-files.ts';
import type { Diagnostic } from '../../../../src/domain/diagnostic.ts';
import { temporaryFolder, type TemporaryFolder } from '../../../support/temporary-folder.ts';

/**
 * One mistake (or one thing that is none) a file: `test/fixtures/catalogs/<case>.yaml` and what must be
 * said of it in `<case>.txt`. Add a pair to add a case.
 */
const FIXTURES = 'test/fixtures/catalogs';
const cases = readdirSync(FIXTURES)
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => file.replace(/\.yaml$/u, ''));

describe('a catalog file', () => {
  let folder: TemporaryFolder;
  beforeAll(async () => {
    folder = await temporaryFolder();
  });
  afterAll(() => folder.remove());

  it.each(cases)('with %s is judged as its fixture says', async (name) => {
    const expected = join(FIXTURES, `${name}.txt`);
    expect(existsSync(expected)).toBe(true);
    await writeFile(
      join(folder.path, 'catalog.yaml'),
      readFileSync(join(FIXTURES, `${name}.yaml`)),
    );
    const loaded = await loadCatalog([folder.path], { base: folder.path });
    await expect(told(loaded)).toMatchFileSnapshot(join('../../../..', expected));
  });

  it('has a fixture for each code of the catalog that a single text can cause', () => {
    const texts = cases
      .map((name) => readFileSync(join(FIXTURES, `${name}.txt`), 'utf8'))
      .join('\n');
    for (const code of [
      'CATALOG_YAML',
      'CATALOG_YAML_ALIASES',
      'CATALOG_DUPLICATE_KEY',
      'CATALOG_FORBIDDEN_KEY',
      'CATALOG_UNKNOWN_KIND',
      'CATALOG_UNKNOWN_KEY',
      'CATALOG_INVALID_VALUE',
      'CATALOG_MISSING_KEY',
      'CATALOG_INVALID_NAME',
      'CATALOG_DUPLICATE_NAME',
      'CATALOG_UNKNOWN_COMPONENT',
      'CATALOG_DUPLICATE_DEPENDENCY',
      'CATALOG_BAD_REFERENCE',
      'CATALOG_START_CYCLE',
      'LOGICAL_NO_ADMIN',
    ]) {
      expect(texts).toContain(` ${code} `);
    }
  });
});

function told({ catalog, diagnostics }: LoadedCatalog): string {
  const names = [...catalog.components.keys()].join(', ') || 'none';
  const suites = [...catalog.testSuites.keys()].join(', ') || 'none';
  return [`components: ${names}`, `test suites: ${suites}`, ...diagnostics.map(line), ''].join(
    '\n',
  );
}

function line({ location, severity, code, message, hint }: Diagnostic): string {
  const place = location === undefined ? '-' : `${location.line}:${location.column}`;
  return `${place} ${severity} ${code} ${message}${hint === undefined ? '' : `\n    ${hint}`}`;
}
