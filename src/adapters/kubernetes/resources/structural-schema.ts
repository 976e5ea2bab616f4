import * as z from 'zod';

type Schema = Readonly<Record<string, unknown>>;

/** Keywords of JSON Schema that a structural schema of Kubernetes knows no use for. */
const DROPPED: ReadonlySet<string> = new Set(['$schema', 'propertyNames', 'additionalProperties']);

/**
 * A schema of the contract as the API server wants it: unknown keys are pruned rather than refused. The
 * contract's resources have no unions and no nulls, which it would not take.
 */
export function structuralSchema(schema: z.ZodType): Schema {
  return structural(z.toJSONSchema(schema, { target: 'draft-7', io: 'input' }));
}

function structural(schema: unknown): Schema {
  if (!isSchema(schema)) return {};
  const entries = Object.entries(schema).flatMap(([key, value]) => keyword(key, value));
  return Object.fromEntries(entries);
}

function keyword(key: string, value: unknown): [string, unknown][] {
  if (key === 'properties' && isSchema(value)) {
    const entries = Object.entries(value).map(([name, one]) => [name, structural(one)] as const);
    return [[key, Object.fromEntries(entries)]];
  }
  if (key === 'items') return [[key, structural(value)]];
  // A map; `false` beside properties is what Kubernetes does anyway, by pruning.
  if (key === 'additionalProperties' && isSchema(value)) return [[key, structural(value)]];
  return DROPPED.has(key) ? [] : [[key, value]];
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
