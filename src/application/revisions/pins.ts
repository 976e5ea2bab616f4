import type { Catalog } from '../../domain/catalog/component.ts';
import { compareText } from '../../domain/diagnostic.ts';
import { OperationError } from '../../domain/errors.ts';

/** Component → branch, tag or commit that it must run at. */
export type Pins = Readonly<Record<string, string>>;

/**
 * The pins, all of them on components that have a source.
 *
 * @throws {OperationError} `CATALOG_UNKNOWN_COMPONENT` or `REPOSITORY_MISSING`, with every such pin.
 */
export function sourcedPins(catalog: Catalog, pins: Pins): ReadonlyMap<string, string> {
  const names = Object.keys(pins).toSorted(compareText);
  const unknown = names.filter((name) => !catalog.components.has(name));
  if (unknown.length > 0) {
    throw new OperationError(
      'CATALOG_UNKNOWN_COMPONENT',
      `${list(unknown)} cannot be pinned: not in the catalog`,
      { details: { components: unknown } },
    );
  }
  const withoutSource = names.filter((name) => catalog.components.get(name)?.source === undefined);
  if (withoutSource.length > 0) {
    throw new OperationError(
      'REPOSITORY_MISSING',
      `${list(withoutSource)} cannot be pinned: no repository is declared`,
      { details: { components: withoutSource } },
    );
  }
  return new Map(Object.entries(pins));
}

function list(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ');
}
