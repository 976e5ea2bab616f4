/** Reading of objects whose shape the API server promises and the compiler does not know. Total: never throws. */

type Path = readonly (string | number)[];

export function valueAt(value: unknown, ...path: Path): unknown {
  let current = value;
  for (const key of path) {
    if (Array.isArray(current)) {
      current = typeof key === 'number' ? current[key] : undefined;
    } else if (isRecord(current) && Object.hasOwn(current, key)) current = current[key];
    else return undefined;
  }
  return current;
}

export function textAt(value: unknown, ...path: Path): string | null {
  const found = valueAt(value, ...path);
  return typeof found === 'string' ? found : null;
}

export function numberAt(value: unknown, ...path: Path): number | null {
  const found = valueAt(value, ...path);
  return typeof found === 'number' ? found : null;
}

/** Empty when there is no list. */
export function listAt(value: unknown, ...path: Path): readonly unknown[] {
  const found = valueAt(value, ...path);
  return Array.isArray(found) ? found : [];
}

/** Text values of a mapping; empty when there is none. */
export function textsAt(value: unknown, ...path: Path): Readonly<Record<string, string>> {
  const found = valueAt(value, ...path);
  if (!isRecord(found)) return {};
  return Object.fromEntries(
    Object.entries(found).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  );
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
