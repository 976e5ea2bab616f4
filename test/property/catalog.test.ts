import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readFully } from '../../src/adapters/catalog-files/full-yaml.ts';
import { parseFile } from '../../src/adapters/catalog-files/parse-file.ts';
import { decode } from '../../src/adapters/catalog-files/read-file.ts';
import { buildCatalog } from '../../src/domain/catalog/build-catalog.ts';
import type { Catalog } from '../../src/domain/catalog/component.ts';
import { hasErrors, type Diagnostic } from '../../src/domain/diagnostic.ts';

const NAMES = ['a', 'b', 'c', 'd', 'e', 'Bad', 'x--y'];

/** Components right and wrong: dangling, duplicate and cyclic dependencies, bad references, unknown keys. */
const text = fc
  .record({
    name: fc.constantFrom(...NAMES),
    type: fc.constantFrom(
      'service',
      'service',
      'service',
      'worker',
      'job',
      'datastore',
      'external',
      'x',
    ),
    dependencies: fc.array(
      fc.tuple(
        fc.constantFrom(...NAMES, 'gone'),
        fc.constantFrom('', ', startup: wait', ', optional: true', ', nope: 1'),
      ),
      { maxLength: 4 },
    ),
    references: fc.array(
      fc.constantFrom(
        'dependencies.a.url',
        'dependencies.b.x',
        'self.host',
        'nope',
        'revision.sha',
      ),
      {
        maxLength: 2,
      },
    ),
    extra: fc.constantFrom(
      '',
      '',
      '',
      '  nope: 1\n',
      '  expose: true\n',
      '  isolation: logical\n',
      '  type: worker\n',
    ),
  })
  .map(
    ({ name, type, dependencies, references, extra }) =>
      `apiVersion: offshoot.dev/v1alpha1\nkind: Component\nmetadata: { name: ${name} }\nspec:\n  type: ${type}\n` +
      `  ports: { http: 80 }\n${extra}` +
      (references.length === 0
        ? ''
        : `  environment:\n${references.map((each, index) => `    V${index}: \${${each}}\n`).join('')}`) +
      (dependencies.length === 0
        ? ''
        : `  dependencies:\n${dependencies.map(([to, more]) => `    - { name: ${to}${more} }\n`).join('')}`),
  );

const catalogTexts = fc.array(text, { maxLength: 7 });

function build(files: readonly (readonly [string, string])[]): {
  readonly catalog: Catalog;
  readonly diagnostics: readonly Diagnostic[];
} {
  const parsed = files.map(([file, content]) => parseFile(file, content, readFully(content)));
  const { catalog, diagnostics } = buildCatalog({
    components: parsed.flatMap((file) => file.components),
    testSuites: parsed.flatMap((file) => file.testSuites),
    unreadableNames: new Set(parsed.flatMap((file) => file.unreadableNames)),
  });
  return { catalog, diagnostics: [...parsed.flatMap((file) => file.diagnostics), ...diagnostics] };
}

/** Plain data with the order of maps in it. */
function plain({ components, testSuites }: Catalog): unknown {
  return { components: [...components], testSuites: [...testSuites] };
}

describe('a catalog', () => {
  it('is the same, with the same diagnostics, in whatever order its files are read', () => {
    const shuffled = catalogTexts
      .map((texts) => texts.map((content, index): [string, string] => [`${index}.yaml`, content]))
      .chain((files) =>
        fc.tuple(fc.constant(files), fc.shuffledSubarray(files, { minLength: files.length })),
      );
    fc.assert(
      fc.property(shuffled, ([files, otherOrder]) => {
        const one = build(files);
        const other = build(otherOrder);
        expect(plain(other.catalog)).toEqual(plain(one.catalog));
        expect(new Set(other.diagnostics)).toEqual(new Set(one.diagnostics));
      }),
    );
  });

  it('is closed: what its components depend on is in it, and in order of name', () => {
    fc.assert(
      fc.property(catalogTexts, (texts) => {
        const { catalog } = build(texts.map((content, index) => [`${index}.yaml`, content]));
        const names = [...catalog.components.keys()];
        expect(names).toEqual(names.toSorted());
        for (const { dependencies } of catalog.components.values()) {
          for (const { name } of dependencies) expect(names).toContain(name);
        }
      }),
    );
  });

  it('without an error holds every component that was written', () => {
    fc.assert(
      fc.property(catalogTexts, (texts) => {
        const { catalog, diagnostics } = build(
          texts.map((content, index) => [`${index}.yaml`, content]),
        );
        fc.pre(!hasErrors(diagnostics));
        expect(catalog.components.size).toBe(texts.length);
      }),
      { numRuns: 300 },
    );
  });

  it('with a component left out has an error that says why', () => {
    fc.assert(
      fc.property(catalogTexts, (texts) => {
        const { catalog, diagnostics } = build(
          texts.map((content, index) => [`${index}.yaml`, content]),
        );
        expect(catalog.components.size === texts.length || hasErrors(diagnostics)).toBe(true);
      }),
    );
  });

  it('points every diagnostic at a line and column that the file has', () => {
    fc.assert(
      fc.property(text, (content) => {
        const lines = content.split('\n');
        for (const { location } of build([['a.yaml', content]]).diagnostics) {
          const line = lines[(location?.line ?? 0) - 1];
          expect(line).toBeDefined();
          expect(location?.column).toBeGreaterThan(0);
          expect(location?.column).toBeLessThanOrEqual((line ?? '').length + 1);
        }
      }),
    );
  });

  it('comes of any bytes without an exception', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const decoded = decode(bytes, 'a.yaml');
        const { diagnostics } = build(typeof decoded === 'string' ? [['a.yaml', decoded]] : []);
        expect(typeof decoded === 'string' || decoded.code === 'CATALOG_NOT_UTF8').toBe(true);
        expect(diagnostics.every(({ location }) => location?.file === 'a.yaml')).toBe(true);
      }),
    );
  });

  it('comes of any YAML-like text without an exception, and says so when it is none', () => {
    const pieces = fc.constantFrom(
      'apiVersion: offshoot.dev/v1alpha1\n',
      'kind: Component\n',
      'metadata: { name: a }\n',
      'spec:\n',
      '  type: service\n',
      '  ports: ',
      '{ http: 80 }\n',
      '  dependencies:\n',
      '    - ',
      '&x ',
      '*x',
      '<<: ',
      '? ',
      '- ',
      '[',
      ']',
      '{',
      '}',
      ': ',
      '\n',
      '  ',
      '"',
      "'",
      '|',
      '>',
      '#',
      '!t ',
      '---\n',
      '...\n',
      '\t',
      '${',
      'null',
      '1e9',
      '__proto__: ',
      '\u0000',
      '\uFEFF',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 20 }), (chosen) => {
        const { catalog, diagnostics } = build([['a.yaml', chosen.join('')]]);
        expect(catalog.components.size <= 2 || hasErrors(diagnostics)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it('comes of any JSON in place of any part of a component without an exception', () => {
    const paths = [
      'metadata',
      'spec',
      'spec.ports',
      'spec.dependencies',
      'spec.environment',
      'spec.source',
      'kind',
      'spec.embedded',
    ];
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.json({ maxDepth: 3 }), (path, json) => {
        const [outer = '', inner] = path.split('.');
        const part =
          inner === undefined
            ? `${outer}: ${json}`
            : `${outer}: { type: service, ${inner}: ${json} }`;
        const rest = [
          'apiVersion: offshoot.dev/v1alpha1',
          'kind: Component',
          'metadata: { name: a }',
          'spec: { type: service }',
        ];
        const content = [...rest.filter((line) => !line.startsWith(outer)), part].join('\n');
        const { catalog, diagnostics } = build([['a.yaml', content]]);
        expect(catalog.components.size === 1 || hasErrors(diagnostics)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
