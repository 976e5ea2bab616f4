import { mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  catalogFiles,
  loadCatalog,
  type LoadedCatalog,
} from '../../../../src/adapters/catalog-files/catalog-files.ts';
import { FILE_BYTES_MAX } from '../../../../src/adapters/catalog-files/read-file.ts';
import { temporaryFolder, type TemporaryFolder } from '../../../support/temporary-folder.ts';

function service(name: string, more = ''): string {
  return `apiVersion: offshoot.dev/v1alpha1\nkind: Component\nmetadata: { name: ${name} }\nspec: { type: service, ports: { http: 8080 }${more} }\n`;
}

describe('the files of a catalog', () => {
  let folder: TemporaryFolder;
  beforeEach(async () => {
    folder = await temporaryFolder();
  });
  afterEach(() => folder.remove());

  async function write(files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(join(folder.path, path)), { recursive: true });
      await writeFile(join(folder.path, path), content);
    }
  }

  function load(...roots: readonly string[]): Promise<LoadedCatalog> {
    const folders =
      roots.length === 0 ? [folder.path] : roots.map((root) => join(folder.path, root));
    return loadCatalog(folders, { base: folder.path });
  }

  function told({ catalog, diagnostics }: LoadedCatalog): { names: string[]; problems: string[] } {
    return {
      names: [...catalog.components.keys()],
      problems: diagnostics.map(({ code, location }) => `${location?.file ?? '-'} ${code}`),
    };
  }

  it('are all .yaml and .yml files below the folder, by name', async () => {
    await write({
      'b/two.yml': service('two'),
      'a/deep/one.yaml': service('one'),
      'readme.md': 'not: [yaml',
      'notes.yaml.txt': 'not: [yaml',
    });
    expect(told(await load())).toEqual({ names: ['one', 'two'], problems: [] });
  });

  it('are not those in dot folders, schema folders and node_modules', async () => {
    await write({
      'one.yaml': service('one'),
      '.git/config.yaml': 'not: [yaml',
      '.hidden.yaml': 'not: [yaml',
      'schema/x.yaml': 'not: [yaml',
      'a/node_modules/p/x.yaml': 'not: [yaml',
    });
    expect(told(await load())).toEqual({ names: ['one'], problems: [] });
  });

  it('may come from several folders, and are read once where these overlap', async () => {
    await write({ 'a/one.yaml': service('one'), 'a/b/two.yaml': service('two') });
    expect(told(await load('a', 'a/b', 'a'))).toEqual({ names: ['one', 'two'], problems: [] });
  });

  it('that are missing altogether are one clear mistake', async () => {
    await mkdir(join(folder.path, 'empty'));
    expect(told(await load('empty')).problems).toEqual(['- CATALOG_NOT_FOUND']);
    expect(told(await load('nowhere')).problems).toEqual(['nowhere CATALOG_NOT_FOUND']);
  });

  it('over the limit are not read, and what depends on them is not called dangling', async () => {
    await write({
      'huge.yaml': service('huge') + '#'.repeat(FILE_BYTES_MAX),
      'gateway.yaml': service('gateway', ', dependencies: [huge]'),
    });
    expect(told(await load()).problems).toEqual(['huge.yaml CATALOG_FILE_TOO_LARGE']);
  });

  it('at the limit are read', async () => {
    const text = service('large');
    await write({ 'large.yaml': text + '#'.repeat(FILE_BYTES_MAX - text.length) });
    expect(told(await load())).toEqual({ names: ['large'], problems: [] });
  });

  it('that are not UTF-8 are said to be so', async () => {
    await write({
      'latin.yaml': Buffer.from(service('caf\u00e9'), 'latin1'),
      'a.yaml': service('a'),
    });
    expect(told(await load())).toEqual({ names: ['a'], problems: ['latin.yaml CATALOG_NOT_UTF8'] });
  });

  it('may begin with a byte order mark, end lines as Windows does, and be empty', async () => {
    await write({
      'bom.yaml': `\uFEFF${service('bom')}`,
      'windows.yaml': service('windows').replaceAll('\n', '\r\n'),
      'empty.yaml': '',
      'comments.yaml': '# nothing yet\n\n',
    });
    expect(told(await load())).toEqual({ names: ['bom', 'windows'], problems: [] });
  });

  it('keep their exact columns behind a byte order mark', async () => {
    await write({ 'bom.yaml': '\uFEFFapiVersion: nope\nkind: Component\n' });
    const { diagnostics } = await load();
    const found = diagnostics.find(({ code }) => code === 'CATALOG_UNKNOWN_KIND');
    expect(found?.location).toEqual({ file: 'bom.yaml', line: 1, column: 13 });
  });

  it('behind links are read when the link stays inside, each file once', async () => {
    await write({ 'a/one.yaml': service('one') });
    await symlink('one.yaml', join(folder.path, 'a', 'zwei.yaml'));
    await symlink('a', join(folder.path, 'linked'));
    expect(told(await load())).toEqual({ names: ['one'], problems: [] });
  });

  it('that only a link inside leads to are read by the name of the link', async () => {
    await write({ '.store/one.yaml': service('one', ', nope: 1') });
    await symlink('.store/one.yaml', join(folder.path, 'one.yaml'));
    expect(told(await load()).problems).toEqual(['one.yaml CATALOG_UNKNOWN_KEY']);
  });

  it('behind links that lead out are refused', async () => {
    await write({ 'catalog/one.yaml': service('one'), 'outside/two.yaml': service('two') });
    await symlink('../outside/two.yaml', join(folder.path, 'catalog', 'two.yaml'));
    await symlink('../outside', join(folder.path, 'catalog', 'more'));
    await symlink('/etc/hostname', join(folder.path, 'catalog', 'secret.yaml'));
    expect(told(await load('catalog'))).toEqual({
      names: ['one'],
      problems: [
        'catalog/more CATALOG_LINK_OUTSIDE',
        'catalog/secret.yaml CATALOG_LINK_OUTSIDE',
        'catalog/two.yaml CATALOG_LINK_OUTSIDE',
      ],
    });
  });

  it('behind links into another folder of the catalog are inside', async () => {
    await write({ 'a/one.yaml': service('one'), 'b/two.yaml': service('two') });
    await symlink('../b', join(folder.path, 'a', 'b'));
    expect(told(await load('a', 'b'))).toEqual({ names: ['one', 'two'], problems: [] });
  });

  it('behind links in a circle end', async () => {
    await write({ 'a/one.yaml': service('one') });
    await symlink('..', join(folder.path, 'a', 'up'));
    await symlink('self.yaml', join(folder.path, 'self.yaml'));
    expect(told(await load())).toEqual({
      names: ['one'],
      problems: ['self.yaml CATALOG_FILE_UNREADABLE'],
    });
  });

  it('behind links that lead nowhere are unreadable', async () => {
    await write({ 'one.yaml': service('one') });
    await symlink('gone.yaml', join(folder.path, 'two.yaml'));
    expect(told(await load()).problems).toEqual(['two.yaml CATALOG_FILE_UNREADABLE']);
  });

  it('that are folders by such a name are folders', async () => {
    await write({ 'odd.yaml/one.yaml': service('one') });
    expect(told(await load())).toEqual({ names: ['one'], problems: [] });
  });

  it('may be 5,000', async () => {
    for (let index = 0; index < 5000; index += 1) {
      const dependency = index === 0 ? '' : `, dependencies: [s${index - 1}]`;
      await write({ [`team-${index % 50}/s${index}.yaml`]: service(`s${index}`, dependency) });
    }
    const { catalog, diagnostics } = await load();
    expect(diagnostics).toEqual([]);
    expect(catalog.components.size).toBe(5000);
  });

  it('beyond the limit are a mistake, and no more of them are read', async () => {
    await write({ 'a.yaml': service('a'), 'b.yaml': service('b'), 'c.yaml': service('c') });
    const loaded = await loadCatalog([folder.path], { base: folder.path, filesMax: 2 });
    expect(told(loaded)).toEqual({
      names: ['a', 'b'],
      problems: ['c.yaml CATALOG_TOO_MANY_FILES'],
    });
  });

  it('give a catalog that does not depend on which file a component stands in', async () => {
    await write({ 'a.yaml': service('one'), 'b.yaml': service('two', ', dependencies: [one]') });
    const before = await load();
    await rename(join(folder.path, 'a.yaml'), join(folder.path, 'z.yaml'));
    const after = await load();
    expect([...after.catalog.components.keys()]).toEqual([...before.catalog.components.keys()]);
  });

  it('are read anew at each load, and what did not change is the same object', async () => {
    await write({ 'a.yaml': service('a'), 'b.yaml': service('b') });
    const source = catalogFiles([folder.path], { base: folder.path });
    const first = await source.load();
    await write({ 'b.yaml': service('bee') });
    const second = await source.load();
    expect([...second.catalog.components.keys()]).toEqual(['a', 'bee']);
    const [before, after] = [first, second].map(({ catalog }) => catalog.components.get('a'));
    expect(after?.labels).toBe(before?.labels);
  });

  it('are named by their full path outside the base folder', async () => {
    await write({ 'a.yaml': service('A') });
    const { diagnostics } = await loadCatalog([folder.path], {
      base: join(folder.path, 'elsewhere'),
    });
    expect(diagnostics[0]?.location?.file).toBe(join(folder.path, 'a.yaml'));
  });
});
