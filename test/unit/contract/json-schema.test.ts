import { describe, expect, it } from 'vitest';
import { DOCUMENT_NAMES, jsonSchemaOf } from '../../../src/contract/json-schema.ts';

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
  readonly description?: string;
}

/** Every named key with its path, through alternatives, lists and mappings. */
function keysOf(schema: Schema, path: string): readonly (readonly [string, Schema])[] {
  const inner = [...(schema.anyOf ?? []), ...(schema.items === undefined ? [] : [schema.items])];
  if (typeof schema.additionalProperties === 'object') inner.push(schema.additionalProperties);
  return [
    ...Object.entries(schema.properties ?? {}).flatMap(([key, value]) => [
      [`${path}.${key}`, value] as const,
      ...keysOf(value, `${path}.${key}`),
    ]),
    ...inner.flatMap((each) => keysOf(each, path)),
  ];
}

describe('the JSON Schema for editors', () => {
  it.each(DOCUMENT_NAMES)('of %s describes every key', (name) => {
    const keys = keysOf(jsonSchemaOf(name), name);
    expect(keys.length).toBeGreaterThan(10);
    expect(keys.filter(([, { description }]) => !description).map(([path]) => path)).toEqual([]);
  });

  it.each(DOCUMENT_NAMES)('of %s refuses unknown keys in every mapping with named keys', (name) => {
    const open: string[] = [];
    const visit = (schema: Schema, path: string): void => {
      if (schema.properties !== undefined && schema.additionalProperties !== false) open.push(path);
      for (const [key, value] of Object.entries(schema.properties ?? {}))
        visit(value, `${path}.${key}`);
      for (const each of schema.anyOf ?? []) visit(each, path);
    };
    visit(jsonSchemaOf(name), name);
    expect(open).toEqual([]);
  });
});
