import { OUTSIDE_CALLER, TEST_CALLER } from './component.ts';
import type { MetadataDocument, ParsedDocument } from './documents.ts';
import type { Diagnostic, Location } from '../diagnostic.ts';

/** The rule for names of components and test suites, and that each is used once. */

const NAME_LENGTH_MAX = 40;
const NAME = /^[a-z](?:-?[a-z0-9])*$/u;

/** Names that stand for something else where component names appear; `baseline` is an environment. */
const RESERVED_NAMES: readonly string[] = [TEST_CALLER, OUTSIDE_CALLER, 'baseline'];

type Named = ParsedDocument<{ readonly metadata: MetadataDocument }>;

export function isValidName(name: string): boolean {
  return name.length <= NAME_LENGTH_MAX && NAME.test(name);
}

/** What is wrong with the name of a document, or null. */
export function checkName(
  kind: 'Component' | 'TestSuite',
  { document, positionOf }: Named,
): Diagnostic | null {
  const { name } = document.metadata;
  const problem = problemWith(name, kind);
  if (problem === null) return null;
  const suggestion = suggestedName(name);
  return {
    code: 'CATALOG_INVALID_NAME',
    severity: 'error',
    message: `the name "${name.slice(0, 80)}" ${problem}`,
    ...(suggestion === null ? {} : { hint: `for example "${suggestion}"` }),
    location: positionOf(['metadata', 'name']),
    component: name,
  };
}

function problemWith(name: string, kind: 'Component' | 'TestSuite'): string | null {
  if (kind === 'Component' && RESERVED_NAMES.includes(name)) {
    return `is reserved, as are ${RESERVED_NAMES.map((reserved) => `"${reserved}"`).join(', ')}`;
  }
  if (name.length > NAME_LENGTH_MAX) {
    return `has ${name.length} characters, expected at most ${NAME_LENGTH_MAX}`;
  }
  if (name.includes('--')) return 'contains "--", expected single hyphens';
  if (NAME.test(name)) return null;
  return 'is not a DNS label, expected lower-case letters, digits and single hyphens, starting with a letter';
}

/** The nearest valid name; null when nothing is left of it, or the nearest is what it is. */
function suggestedName(name: string): string | null {
  const slug = name
    .slice(0, 200)
    .toLowerCase()
    .replace(/[^a-z0-9]+/gu, '-')
    .replace(/^[^a-z]+/u, '')
    .slice(0, NAME_LENGTH_MAX)
    .replace(/-$/u, '');
  return slug === '' || slug === name ? null : slug;
}

/** Every use of a name after its first, in the order given; each message names both places. */
export function duplicateNames(documents: readonly Named[]): ReadonlyMap<Named, Diagnostic> {
  const first = new Map<string, Location>();
  const duplicates = new Map<Named, Diagnostic>();
  for (const parsed of documents) {
    const { name } = parsed.document.metadata;
    const location = parsed.positionOf(['metadata', 'name']);
    const earlier = first.get(name);
    if (earlier === undefined) first.set(name, location);
    else duplicates.set(parsed, duplicate(name, earlier, location));
  }
  return duplicates;
}

function duplicate(name: string, earlier: Location, location: Location): Diagnostic {
  return {
    code: 'CATALOG_DUPLICATE_NAME',
    severity: 'error',
    message: `the name "${name}" is already used at ${earlier.file}:${earlier.line}:${earlier.column}`,
    hint: 'rename or remove one of them',
    location,
    component: name,
  };
}
