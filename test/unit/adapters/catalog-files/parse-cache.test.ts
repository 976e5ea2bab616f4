import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadCatalog } from '../../../../src/adapters/catalog-files/catalog-files.ts';
import { openParseCache } from '../../../../src/adapters/catalog-files/parse-cache.ts';
import { readFully } from '../../../../src/adapters/catalog-files/full-yaml.ts';

const CART = `apiVersion: offshoot.dev/v1alpha1
kind: Component
metadata: { name: cart, labels: &labels { language: go } }
spec:
  type: service
  ports: { http: 8080 }
  dependencies: [db, nobody]
`;
const DB = `apiVersion: offshoot.dev/v1alpha1
kind: Component
metadata: { name: db }
spec: { type: datastore, engine: postgres, colour: red }
`;

describe('the cache of what catalog files were read as', () => {
  let folder: string;
  let cacheFile: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'offshoot-cache-'));
    cacheFile = join(folder, '.cache', 'catalog');
    writeFileSync(join(folder, 'cart.yaml'), CART);
    writeFileSync(join(folder, 'db.yaml'), DB);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const load = (): ReturnType<typeof loadCatalog> =>
    loadCatalog([folder], { base: folder, cacheFile });

  it('changes nothing: the same catalog, the same diagnostics at the same places', async () => {
    const without = await loadCatalog([folder], { base: folder });
    const first = await load();
    const second = await load();
    expect(first).toEqual(without);
    expect(second).toEqual(without);
    expect(without.diagnostics.map(({ code }) => code)).toEqual([
      'CATALOG_UNKNOWN_COMPONENT',
      'CATALOG_UNKNOWN_KEY',
    ]);
  });

  it('is written once and not again while nothing changes', async () => {
    await load();
    const before = statSync(cacheFile, { bigint: true }).ino;
    await load();
    expect(statSync(cacheFile, { bigint: true }).ino).toBe(before);
    writeFileSync(join(folder, 'db.yaml'), DB.replace(', colour: red', ''));
    const { diagnostics } = await load();
    expect(diagnostics.map(({ code }) => code)).toEqual(['CATALOG_UNKNOWN_COMPONENT']);
    expect(statSync(cacheFile, { bigint: true }).ino).not.toBe(before);
  });

  it('keeps what is still used and forgets the rest', async () => {
    await load();
    const size = statSync(cacheFile).size;
    writeFileSync(join(folder, 'cart.yaml'), DB.replace('name: db', 'name: cart'));
    await load();
    expect(statSync(cacheFile).size).toBeLessThan(size * 1.2);
  });

  it('gives back aliases, special numbers and documents with problems as they were', () => {
    const texts = ['a: &x [1, .nan, -.inf]\nb: *x\n', 'a: [', '', '--- 1\n--- 2\n', 'a: 1.10\n'];
    const writer = openParseCache(cacheFile);
    for (const text of texts) writer.put(text, readFully(text));
    writer.save();
    const reader = openParseCache(cacheFile);
    for (const text of texts) expect(reader.get(text)).toEqual(readFully(text));
    expect(reader.get('another')).toBeNull();
  });

  it('is an empty cache when it is damaged, whatever bytes it holds', async () => {
    const expected = await load();
    const whole = readFileSync(cacheFile);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 64 }), fc.nat(), async (bytes, cut) => {
        writeFileSync(cacheFile, Buffer.concat([whole.subarray(0, cut % whole.length), bytes]));
        expect(await load()).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });

  it('never fails a command where it cannot be written', async () => {
    writeFileSync(join(folder, '.file'), '');
    const cached = await loadCatalog([folder], {
      base: folder,
      cacheFile: join(folder, '.file', 'catalog'),
    });
    expect(cached).toEqual(await loadCatalog([folder], { base: folder }));
  });
});
