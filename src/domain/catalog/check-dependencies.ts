import type { Diagnostic } from '../diagnostic.ts';
import type { ErrorCode } from '../errors.ts';
import type { ParsedComponent } from './documents.ts';
import { isKnown, type KnownNames } from './known-names.ts';

/** Each dependency of one component: it exists, is listed once, and is not the component itself. */
export function checkDependencies(
  { document, positionOf }: ParsedComponent,
  known: KnownNames,
): readonly Diagnostic[] {
  const owner = document.metadata.name;
  const seen = new Set<string>();
  const found: Diagnostic[] = [];
  for (const [index, written] of document.spec.dependencies.entries()) {
    const name = typeof written === 'string' ? written : written.name;
    const problem = problemWith(name, owner, seen, known);
    seen.add(name);
    if (problem === null) continue;
    const path = ['spec', 'dependencies', index];
    found.push({
      ...problem,
      severity: 'error',
      location: positionOf(typeof written === 'string' ? path : [...path, 'name']),
      component: owner,
    });
  }
  return found;
}

interface Problem {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string;
}

function problemWith(
  name: string,
  owner: string,
  seen: ReadonlySet<string>,
  known: KnownNames,
): Problem | null {
  if (seen.has(name)) {
    return {
      code: 'CATALOG_DUPLICATE_DEPENDENCY',
      message: `"${owner}" lists the dependency "${name}" twice`,
      hint: 'keep one of the two entries',
    };
  }
  if (name === owner) {
    return {
      code: 'CATALOG_INVALID_VALUE',
      message: `"${owner}" lists itself as a dependency`,
      hint: 'remove the entry; a component reaches itself by `${self.host}`',
    };
  }
  if (isKnown(name, known)) return null;
  return {
    code: 'CATALOG_UNKNOWN_COMPONENT',
    message: `"${owner}" depends on "${name}", which is not in the catalog`,
    hint: known.suggest(name) ?? 'add the component, or remove the dependency',
  };
}
