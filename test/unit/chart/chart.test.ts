import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { DECIDED } from '../../support/values-schema.ts';

/** What of the chart and the image can be told without Helm and without a builder. */

const ROOT = new URL('../../..', import.meta.url).pathname;
const CHART = join(ROOT, 'charts', 'offshoot');

interface Schema {
  readonly type?: string;
  readonly pattern?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
}

function text(...path: readonly string[]): string {
  return readFileSync(join(ROOT, ...path), 'utf8');
}

const schema = JSON.parse(text('charts', 'offshoot', 'values.schema.json')) as Schema;
const values = parse(text('charts', 'offshoot', 'values.yaml')) as Record<string, unknown>;

/** The schema and everything in it. */
function* within(part: Schema): Generator<Schema> {
  yield part;
  const { properties = {}, additionalProperties, items, anyOf = [] } = part;
  const more = typeof additionalProperties === 'object' ? [additionalProperties] : [];
  for (const inner of [
    ...Object.values(properties),
    ...more,
    ...(items ? [items] : []),
    ...anyOf,
  ]) {
    yield* within(inner);
  }
}

/** Paths of all values down to where the schema names no further keys. */
function paths(part: Schema, path = ''): readonly string[] {
  const { properties } = part;
  if (properties === undefined || path === 'project.spec') return [path];
  return Object.entries(properties).flatMap(([key, inner]) =>
    paths(inner, path === '' ? key : `${path}.${key}`),
  );
}

function valueAt(path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => {
    return typeof value === 'object' && value !== null
      ? Object.entries(value).find(([name]) => name === key)?.[1]
      : undefined;
  }, values);
}

describe('the chart', () => {
  it('has the version of the package', () => {
    const { version } = JSON.parse(text('package.json')) as { readonly version: string };
    const chart: unknown = parse(text('charts', 'offshoot', 'Chart.yaml'));
    expect(chart).toMatchObject({ name: 'offshoot', version, appVersion: version });
  });

  it('brings the definitions of both resources', () => {
    const files = readdirSync(join(CHART, 'crds'));
    const names = files.map((file): unknown => parse(text('charts', 'offshoot', 'crds', file)));
    expect(names).toMatchObject(
      ['environments', 'reports'].map((plural) => ({
        kind: 'CustomResourceDefinition',
        metadata: { name: `${plural}.offshoot.dev` },
      })),
    );
  });

  it('gives a default for every value that its schema knows, and knows every value', () => {
    const known = paths(schema).filter(
      (path) => path !== 'global' && !path.includes('.resources.'),
    );
    expect(known.length).toBeGreaterThan(40);
    expect(known.filter((path) => valueAt(path) === undefined)).toEqual([]);
    expect(Object.keys(values).toSorted()).toEqual(
      Object.keys(schema.properties ?? {})
        .filter((key) => key !== 'global')
        .toSorted(),
    );
  });

  it('refuses keys that it does not know, wherever it names the known ones', () => {
    const named = [...within(schema)].filter(({ properties }) => properties !== undefined);
    // A template object may be of any kind.
    const open = named.filter(({ additionalProperties }) => additionalProperties !== false);
    expect(open.map(({ properties }) => Object.keys(properties ?? {}))).toEqual([
      ['apiVersion', 'kind', 'metadata'],
    ]);
  });

  it("has only patterns that Helm's language understands", () => {
    const patterns = [...within(schema)].flatMap(({ pattern }) => pattern ?? []);
    expect(patterns.length).toBeGreaterThan(10);
    expect(patterns.filter((pattern) => /\(\?[=!<]/u.test(pattern))).toEqual([]);
  });

  it('takes what `offshoot.yaml` takes, but what it decides itself', () => {
    const own = Object.keys(schema.properties?.['project']?.properties?.['spec']?.properties ?? {});
    expect(own).toEqual(expect.arrayContaining(['prefix', 'domain', 'caps', 'environments']));
    expect(own.filter((key) => DECIDED.includes(key))).toEqual([]);
  });
});

describe('the Dockerfile', () => {
  const lines = text('Dockerfile').split('\n');

  it('ends with a user who is a number and not root', () => {
    const users = lines.filter((line) => line.startsWith('USER '));
    expect(users).toEqual(['USER 65532:65532']);
  });

  it('sees all that the package is made from', () => {
    const seen = text('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    const packed = ['bin', 'catalog', 'LICENSE', 'README.md', 'package.json', 'package-lock.json'];
    expect(seen).toEqual(expect.arrayContaining([...packed, 'src', 'test/support/pack.ts']));
  });
});
