import type { Component } from './component.ts';
import { didYouMean } from '../did-you-mean.ts';
import { compareText } from '../diagnostic.ts';

/** What a catalog under construction knows of names, valid or not. */
export interface KnownNames {
  /** Every component whose document could be read, also broken ones. First come, first kept. */
  readonly components: ReadonlyMap<
    string,
    { readonly component: Component; readonly isBroken: boolean }
  >;
  /** Names that stand in files which could not be read: nothing is known but that they may exist. */
  readonly unreadable: ReadonlySet<string>;
  /** Which component was meant by a name that does not exist; undefined when none is near. */
  readonly suggest: (name: string) => string | undefined;
}

/** Names that get a suggestion; each compares with the whole catalog, and nobody reads more. */
const SUGGESTIONS_MAX = 100;

export function knownNames(
  components: KnownNames['components'],
  unreadable: ReadonlySet<string>,
): KnownNames {
  const suggestions = new Map<string, string | undefined>();
  const suggest = (name: string): string | undefined => {
    if (!suggestions.has(name) && suggestions.size < SUGGESTIONS_MAX) {
      suggestions.set(name, didYouMean(name, [...components.keys(), ...unreadable]));
    }
    return suggestions.get(name);
  };
  return { components, unreadable, suggest };
}

/** Whether a name may be used without being called dangling. */
export function isKnown(name: string, known: KnownNames): boolean {
  return known.components.has(name) || known.unreadable.has(name);
}

/** The component of that name if all of it is known, so that conclusions may be drawn from it. */
export function soundComponent(name: string, known: KnownNames): Component | null {
  const found = known.components.get(name);
  return found === undefined || found.isBroken ? null : found.component;
}

/** `a, b, c` for messages, cut where nobody reads on. */
export function listed(names: Iterable<string>, max = 12): string {
  const sorted = [...names].toSorted(compareText);
  if (sorted.length === 0) return 'none';
  const shown = sorted.slice(0, max).join(', ');
  return sorted.length > max ? `${shown} and ${sorted.length - max} more` : shown;
}
