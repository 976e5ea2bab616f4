import type { DocumentPath } from '../../domain/catalog/documents.ts';

/** The part of JSON Schema that our own schemas use. */
export interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
}

/** The keys that a schema knows for the mapping at a path; of alternatives, those of all together. */
export function knownKeysAt(schema: JsonSchema, path: DocumentPath): readonly string[] {
  let schemas: readonly JsonSchema[] = alternatives(schema);
  for (const step of path) {
    schemas = schemas.flatMap((each) => alternatives(childOf(each, step)));
  }
  return [...new Set(schemas.flatMap((each) => Object.keys(each.properties ?? {})))];
}

function alternatives(schema: JsonSchema | undefined): readonly JsonSchema[] {
  if (schema === undefined) return [];
  return schema.anyOf === undefined ? [schema] : schema.anyOf.flatMap(alternatives);
}

function childOf(schema: JsonSchema, step: string | number): JsonSchema | undefined {
  if (typeof step === 'number') return schema.items;
  const { properties = {}, additionalProperties } = schema;
  if (Object.hasOwn(properties, step)) return properties[step];
  return typeof additionalProperties === 'object' ? additionalProperties : undefined;
}
