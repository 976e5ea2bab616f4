/**
 * Every key that a JSON Schema knows, as people write paths: `spec.ports.NAME.port`, `spec.dependencies[].name`.
 *
 * @param schema - As `z.toJSONSchema` makes them: no references, alternatives as `anyOf`.
 */
export function schemaKeys(schema: unknown): ReadonlySet<string> {
  const keys = new Set<string>();
  visit(schema, '', keys);
  return keys;
}

function visit(schema: unknown, path: string, keys: Set<string>): void {
  if (!isMapping(schema)) return;
  // An element of a list is no key.
  if (path !== '' && !path.endsWith('[]')) keys.add(path);
  for (const alternative of listOf(schema['anyOf'])) visit(alternative, path, keys);
  visit(schema['items'], `${path}[]`, keys);
  visit(schema['additionalProperties'], `${path}.NAME`, keys);
  const properties = schema['properties'];
  if (!isMapping(properties)) return;
  for (const [name, property] of Object.entries(properties)) {
    visit(property, path === '' ? name : `${path}.${name}`, keys);
  }
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
