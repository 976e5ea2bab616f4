import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type * as z from 'zod';
import { componentSchema } from '../../src/contract/component.ts';
import { jsonSchemaOf, type DocumentName } from '../../src/contract/json-schema.ts';
import { openApiDocument } from '../../src/contract/openapi.ts';
import { projectSchema } from '../../src/contract/project.ts';
import { REST_BODIES } from '../../src/contract/rest.ts';
import { testSuiteSchema } from '../../src/contract/test-suite.ts';
import { helpsOf, mentionsIn, problemOf } from '../support/documented-commands.ts';
import { anchorsOf, fencesOf, linksOf, proseOf } from '../support/markdown.ts';
import { schemaKeys } from '../support/schema-keys.ts';

/** The documents, held to the program: whoever changes one of the two hears about the other. */

const ROOT = new URL('../..', import.meta.url).pathname;
const PASSED_OVER = new Set(['node_modules', '.git', 'coverage', 'dist']);

function markdownFiles(folder = ''): readonly string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return PASSED_OVER.has(entry.name) ? [] : markdownFiles(path);
    return entry.name.endsWith('.md') ? [path] : [];
  });
}

const documents = new Map(
  markdownFiles().map((path) => [path, readFileSync(join(ROOT, path), 'utf8')]),
);

function textOf(path: string): string {
  const text = documents.get(path);
  if (text === undefined) throw new Error(`there is no document "${path}"`);
  return text;
}

/** `path: finding` of every document. */
function findings(find: (text: string, path: string) => readonly string[]): readonly string[] {
  return [...documents].flatMap(([path, text]) =>
    find(text, path).map((found) => `${path}: ${found}`),
  );
}

describe('the documents', () => {
  it('are all looked at', () => {
    expect([...documents.keys()]).toEqual(
      expect.arrayContaining(['README.md', 'docs/catalog.md', 'docs/how-to/recover.md']),
    );
    expect(documents.size).toBeGreaterThan(25);
  });

  it('link only to files and headings that exist', () => {
    const broken = findings((text, path) =>
      linksOf(text).filter((link) => !/^[a-z]+:/u.test(link) && !leadsSomewhere(link, path)),
    );
    expect(broken).toEqual([]);
  });

  it('of the folder docs are all reached from the first page, link by link', () => {
    const reached = new Set(['README.md']);
    for (const path of reached) {
      for (const link of linksOf(textOf(path))) {
        const target = targetOf(link, path).path;
        if (documents.has(target)) reached.add(target);
      }
    }
    const own = [...documents.keys()].filter((path) => path.startsWith('docs/'));
    expect(own.filter((path) => !reached.has(path))).toEqual([]);
  });

  it('name no path of a machine and no address of a registry', () => {
    const own =
      /(?:^|[\s"'`(=])\/(?:home|root|Users|work|workspace|mnt|private)\/|registry\.(?:npmjs|yarnpkg)|npm\.pkg\.|artifactory|nexus/iu;
    expect(findings((text) => text.split('\n').filter((line) => own.test(line)))).toEqual([]);
  });

  it('are plain prose, without long dashes', () => {
    expect(findings((text) => proseOf(text).match(/^.*[—–]\s.*$/gmu) ?? [])).toEqual([]);
  });
});

function targetOf(link: string, from: string): { readonly path: string; readonly anchor: string } {
  const [file = '', anchor = ''] = link.split('#');
  return { path: file === '' ? from : normalize(join(dirname(from), file)), anchor };
}

function leadsSomewhere(link: string, from: string): boolean {
  const { path, anchor } = targetOf(link, from);
  if (!existsSync(join(ROOT, path))) return false;
  return anchor === '' || anchorsOf(textOf(path)).has(anchor);
}

describe('ARCHITECTURE.md', () => {
  it('names every room', () => {
    const text = textOf('ARCHITECTURE.md');
    const rooms = ['domain', 'application', 'adapters'].flatMap((layer) =>
      readdirSync(join(ROOT, 'src', layer), { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .filter(({ name }) => hasCode(join(ROOT, 'src', layer, name)))
        .map(({ name }) => name),
    );
    expect(rooms.length).toBeGreaterThan(15);
    expect(rooms.filter((room) => !text.includes(`\`${room}/\``))).toEqual([]);
  });
});

/** A folder that only keeps a room's place is none yet. */
function hasCode(folder: string): boolean {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).some((path) =>
    path.endsWith('.ts'),
  );
}

describe('commands in the documents', () => {
  const helps = helpsOf(join(ROOT, 'bin', 'offshoot'));

  it('all exist, and so do their flags', () => {
    expect(helps.size).toBeGreaterThan(15);
    let count = 0;
    const wrong = findings((text) =>
      mentionsIn(text).flatMap((mention) => {
        count += 1;
        const problem = problemOf(mention, helps);
        return problem === null ? [] : [`offshoot ${mention.join(' ')}: ${problem}`];
      }),
    );
    expect(wrong).toEqual([]);
    expect(count).toBeGreaterThan(60);
  });

  it('would be missed if they did not exist', () => {
    const wrong = [
      'offshoot fly',
      'offshoot up x --nonsense',
      '$ offshoot catalog lint --output-x',
    ];
    const problems = wrong.map((line) =>
      mentionsIn(`\`${line}\``).map((mention) => problemOf(mention, helps)),
    );
    expect(problems).toEqual([
      ['no command "fly"'],
      ['"up" has no flag --nonsense'],
      ['"catalog lint" has no flag --output-x'],
    ]);
  });

  it('are each named somewhere', () => {
    const all = [...documents.values()].join('\n');
    const commands = [...helps.keys()].filter((path) => path !== '');
    expect(commands.filter((path) => !all.includes(`offshoot ${path}`))).toEqual([]);
  });
});

/** First cells of the tables of a text that are written as keys. */
function documentedKeys(text: string): readonly string[] {
  return [...text.matchAll(/^\| *`((?:apiVersion|kind|metadata|spec)[\w.[\]]*)` *\|/gmu)].map(
    ([, key = '']) => key,
  );
}

function section(text: string, heading: string): string {
  const [, rest = ''] = text.split(`\n${heading}\n`);
  return rest.split(/\n## /u)[0] ?? '';
}

describe('the keys of files that people write', () => {
  it.each<[DocumentName, string, string | null]>([
    ['component', 'docs/catalog.md', '## kind: Component'],
    ['test-suite', 'docs/catalog.md', '## kind: TestSuite'],
    ['project', 'docs/project.md', null],
  ])('%s: every key is documented, once, and no other', (name, path, heading) => {
    const text = heading === null ? textOf(path) : section(textOf(path), heading);
    const published: unknown = JSON.parse(
      readFileSync(join(ROOT, 'catalog', 'schema', `${name}.schema.json`), 'utf8'),
    );
    expect(published).toEqual(jsonSchemaOf(name));
    const known = schemaKeys(published);
    expect(known.size).toBeGreaterThan(15);
    expect(documentedKeys(text).toSorted()).toEqual([...known].toSorted());
  });
});

const KINDS: ReadonlyMap<string, z.ZodType> = new Map<string, z.ZodType>([
  ['Component', componentSchema],
  ['TestSuite', testSuiteSchema],
  ['Project', projectSchema],
]);

describe('examples', () => {
  it('of our YAML documents are valid', () => {
    let count = 0;
    const wrong = findings((text) =>
      fencesOf(text)
        .filter(({ language, text: yaml }) => language === 'yaml' && yaml.includes('offshoot.dev/'))
        .flatMap(({ text: yaml, line }) =>
          parseAllDocuments(yaml).flatMap((document) => {
            count += 1;
            const value: unknown = document.toJS();
            const kind =
              typeof value === 'object' && value !== null && 'kind' in value && value.kind;
            const schema = KINDS.get(String(kind));
            if (document.errors.length > 0 || schema === undefined)
              return [`line ${line}: no YAML`];
            const { error } = schema.safeParse(value);
            return (error?.issues ?? []).map(
              ({ path, message }) => `line ${line}: ${path.join('.')}: ${message}`,
            );
          }),
        ),
    );
    expect(wrong).toEqual([]);
    expect(count).toBeGreaterThan(20);
  });

  it('of answers of the server are valid', () => {
    const examples = fencesOf(textOf('docs/rest.md')).filter(({ language }) => language === 'json');
    expect(examples.length).toBeGreaterThan(1);
    for (const { text, line } of examples) {
      const value: unknown = JSON.parse(text);
      const fits = [REST_BODIES.Environment, REST_BODIES.Problem].some(
        (schema) => schema.safeParse(value).success,
      );
      expect(fits, `the example in line ${line} of docs/rest.md`).toBe(true);
    }
  });
});

describe('docs/rest.md', () => {
  it('has every route of the server, and no other', () => {
    const { paths } = openApiDocument('0.0.0');
    const served = Object.entries(paths as Record<string, object>).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const documented = [
      ...section(textOf('docs/rest.md'), '## Routes').matchAll(
        /^\| *`((?:GET|POST|PUT|PATCH|DELETE) [^`?]+)` *\|/gmu,
      ),
    ].map(([, route = '']) => route);
    expect(served.length).toBeGreaterThan(10);
    expect(documented.toSorted()).toEqual(served.toSorted());
  });
});
