import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { resourceDefinitions } from '../../../src/adapters/kubernetes/resources/crds.ts';
import { structuralSchema } from '../../../src/adapters/kubernetes/resources/structural-schema.ts';
import { RESOURCE_TYPES } from '../../../src/adapters/kubernetes/client/resource-types.ts';

/** Every schema inside a schema, itself first. */
function schemasIn(schema: unknown): Readonly<Record<string, unknown>>[] {
  if (Array.isArray(schema)) return schema.flatMap(schemasIn);
  if (typeof schema !== 'object' || schema === null) return [];
  const {
    properties = {},
    items,
    additionalProperties,
    ...own
  } = schema as Record<string, unknown>;
  const named: readonly unknown[] = Object.values(properties as object);
  const inner = [...named, items, additionalProperties];
  return [{ ...own, properties, additionalProperties }, ...inner.flatMap(schemasIn)];
}

describe('the definitions', () => {
  it('are of the types that the client knows', () => {
    const types = [RESOURCE_TYPES.environment, RESOURCE_TYPES.report];
    expect(resourceDefinitions().map(({ metadata, spec }) => [metadata.name, spec])).toMatchObject(
      types.map(({ apiVersion, kind, plural }) => [
        `${plural}.${apiVersion.split('/')[0] ?? ''}`,
        {
          scope: 'Cluster',
          names: { kind, plural },
          versions: [
            { name: apiVersion.split('/')[1], storage: true, subresources: { status: {} } },
          ],
        },
      ]),
    );
  });

  it('give every level a type, and nothing that a structural schema refuses', () => {
    const schemas = resourceDefinitions().flatMap(({ spec }) =>
      schemasIn(
        (spec as { versions: { schema: { openAPIV3Schema: unknown } }[] }).versions.map(
          ({ schema }) => schema.openAPIV3Schema,
        ),
      ),
    );
    expect(schemas.length).toBeGreaterThan(40);
    for (const schema of schemas) {
      expect(schema).toHaveProperty('type');
      expect(schema).not.toHaveProperty('$schema');
      expect(schema).not.toHaveProperty('anyOf');
      expect(schema['additionalProperties']).not.toBe(false);
    }
  });

  it('keep what the contract says beside types', () => {
    const rule = { 'x-kubernetes-validations': [{ rule: 'self == oldSelf' }] };
    const schema = z.object({
      a: z.string().max(5).meta(rule),
      b: z.record(z.string(), z.int().min(1).max(2)),
    });
    expect(structuralSchema(schema)).toEqual({
      type: 'object',
      required: ['a', 'b'],
      properties: {
        a: { type: 'string', maxLength: 5, ...rule },
        b: { type: 'object', additionalProperties: { type: 'integer', minimum: 1, maximum: 2 } },
      },
    });
  });
});
