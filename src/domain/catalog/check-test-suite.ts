import type { Diagnostic } from '../diagnostic.ts';
import { isInRange } from './check-keys.ts';
import { checkTestSuiteReferences } from './check-references.ts';
import type { ParsedTestSuite } from './documents.ts';
import { isKnown, soundComponent, type KnownNames } from './known-names.ts';

const SUITE_TIMEOUT_MS_MIN = 1000;
const SUITE_TIMEOUT_MS_MAX = 86_400_000;

/** One test suite: it runs something, against a service that exists. */
export function checkTestSuite(parsed: ParsedTestSuite, known: KnownNames): readonly Diagnostic[] {
  return [
    ...checkEntry(parsed, known),
    ...checkProgram(parsed),
    ...checkTimeout(parsed),
    ...checkTestSuiteReferences(parsed),
  ];
}

function checkEntry({ document, positionOf }: ParsedTestSuite, known: KnownNames): Diagnostic[] {
  const { entry } = document.spec;
  const location = positionOf(['spec', 'entry']);
  const component = document.metadata.name;
  if (!isKnown(entry, known)) {
    return [
      {
        code: 'CATALOG_UNKNOWN_COMPONENT',
        severity: 'error',
        message: `the entry "${entry}" is not in the catalog`,
        hint: known.suggest(entry) ?? 'name a component of type `service`',
        location,
        component,
      },
    ];
  }
  const type = soundComponent(entry, known)?.type ?? 'service';
  if (type === 'service') return [];
  return [
    {
      code: 'CATALOG_INVALID_VALUE',
      severity: 'error',
      message: `the entry "${entry}" is a component of type "${type}", expected a service`,
      location,
      component,
    },
  ];
}

function checkProgram({ document, positionOf, isBroken }: ParsedTestSuite): Diagnostic[] {
  const { command, image } = document.spec;
  if (isBroken || command !== undefined || image !== undefined) return [];
  return [
    {
      code: 'CATALOG_MISSING_KEY',
      severity: 'error',
      message: 'a test suite needs `command` or `image`, expected one of them in `spec`',
      hint: 'add `command: [program, arguments]`',
      location: positionOf(['spec'], 'key'),
      component: document.metadata.name,
    },
  ];
}

function checkTimeout({ document, positionOf }: ParsedTestSuite): Diagnostic[] {
  const { timeout } = document.spec;
  if (timeout === undefined || isInRange(timeout, SUITE_TIMEOUT_MS_MIN, SUITE_TIMEOUT_MS_MAX)) {
    return [];
  }
  return [
    {
      code: 'CATALOG_INVALID_VALUE',
      severity: 'error',
      message: `expected a duration between 1s and 1d, got "${timeout}"`,
      location: positionOf(['spec', 'timeout']),
      component: document.metadata.name,
    },
  ];
}
