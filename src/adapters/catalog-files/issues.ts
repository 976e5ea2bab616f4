import type * as z from 'zod';
import type { DocumentPath } from '../../domain/catalog/documents.ts';
import { didYouMean } from '../../domain/did-you-mean.ts';
import type { ErrorCode } from '../../domain/errors.ts';
import { knownKeysAt, type JsonSchema } from './known-keys.ts';
import type { Plain } from './source-node.ts';

/** What a schema found wrong, as sentences of our own about places in the document. */

export interface DocumentProblem {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string;
  readonly path: DocumentPath;
  /** Where to point: at the key, or at the value. */
  readonly part: 'key' | 'value';
}

/** As zod gives them, but with a path of texts and numbers, and unions resolved to the form meant. */
export interface FlatIssue {
  readonly issue: z.core.$ZodIssue;
  readonly path: DocumentPath;
}

const TYPE_PHRASES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a mapping',
  record: 'a mapping',
  array: 'a list',
};

/** For `safeParse`: the phrase of what was expected, where the schema brings none of its own. */
export function expectedPhrase(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === 'invalid_type') return TYPE_PHRASES[issue.expected] ?? issue.expected;
  if (issue.code === 'invalid_value')
    return issue.values.map((value) => `"${String(value)}"`).join(', ');
  return undefined;
}

/** Issues with every union resolved to the one alternative whose type fits, where there is one. */
export function flatIssues(
  issues: readonly z.core.$ZodIssue[],
  prefix: DocumentPath = [],
): readonly FlatIssue[] {
  return issues.flatMap((issue) => {
    const path = [...prefix, ...issue.path.map(plainStep)];
    if (issue.code !== 'invalid_union') return [{ issue, path }];
    const fitting = issue.errors.filter((branch) => !branch.some(isOtherType));
    const [only] = fitting;
    return only === undefined || fitting.length > 1 ? [{ issue, path }] : flatIssues(only, path);
  });
}

function plainStep(step: PropertyKey): string | number {
  return typeof step === 'number' ? step : String(step);
}

function isOtherType(issue: z.core.$ZodIssue): boolean {
  return issue.path.length === 0 && issue.code === 'invalid_type';
}

export function problemsOf(
  { issue, path }: FlatIssue,
  document: Plain,
  schema: () => JsonSchema,
): readonly DocumentProblem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => unknownKey(key, path, schema()));
  }
  if (issue.code === 'invalid_key') {
    const phrase = issue.issues[0]?.message ?? 'another key';
    const message = `expected ${phrase}, got the key ${shown(String(path.at(-1)))}`;
    return [{ code: 'CATALOG_INVALID_VALUE', message, path, part: 'key' }];
  }
  const value = valueAt(document, path);
  return [value === undefined ? missingKey(path, issue) : wrongValue(path, issue, value)];
}

function unknownKey(key: string, path: DocumentPath, schema: JsonSchema): DocumentProblem {
  const known = knownKeysAt(schema, path);
  const where = path.length === 0 ? 'the document' : `"${shownPath(path)}"`;
  const hint = didYouMean(key, known);
  return {
    code: 'CATALOG_UNKNOWN_KEY',
    message: `the key ${shown(key)} is not known in ${where}`,
    hint: hint ?? `expected one of: ${known.join(', ')}`,
    path: [...path, key],
    part: 'key',
  };
}

function missingKey(path: DocumentPath, issue: z.core.$ZodIssue): DocumentProblem {
  const key = String(path.at(-1) ?? '');
  const where = path.length < 2 ? 'the document' : `"${shownPath(path.slice(0, -1))}"`;
  return {
    code: 'CATALOG_MISSING_KEY',
    message: `the key "${key}" is missing in ${where}, expected ${phraseOf(issue)}`,
    hint: `add \`${key}: …\``,
    path: path.slice(0, -1),
    part: 'key',
  };
}

function wrongValue(path: DocumentPath, issue: z.core.$ZodIssue, value: Plain): DocumentProblem {
  const hint = hintFor(issue, value);
  return {
    code: 'CATALOG_INVALID_VALUE',
    message: `expected ${phraseOf(issue)}, got ${shown(value)}`,
    ...(hint === undefined ? {} : { hint }),
    path,
    part: 'value',
  };
}

function phraseOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_value' && issue.values.length > 1) return `one of ${issue.message}`;
  return issue.message;
}

/** YAML 1.1 read these as true and false; YAML 1.2 reads them as texts. */
const SPOKEN_BOOLEANS: ReadonlyMap<string, string> = new Map([
  ...['yes', 'on', 'y'].map((word): [string, string] => [word, 'write `true`']),
  ...['no', 'off', 'n'].map((word): [string, string] => [word, 'write `false`']),
]);

function hintFor(issue: z.core.$ZodIssue, value: Plain): string | undefined {
  if (issue.code === 'invalid_value' && typeof value === 'string') {
    return didYouMean(value, issue.values.map(String));
  }
  if (value === null) return 'give it a value, or remove the key';
  if (issue.code !== 'invalid_type' || typeof value === 'object') return undefined;
  if (issue.expected === 'boolean') return SPOKEN_BOOLEANS.get(String(value).toLowerCase());
  return issue.message === TYPE_PHRASES['string'] ? `write it in quotes: "${value}"` : undefined;
}

/** `spec.dependencies[1].name` */
function shownPath(path: DocumentPath): string {
  return path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`))
    .join('')
    .replace(/^\./u, '');
}

/** A value as a person would name it, never long. */
function shown(value: Plain): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  if (typeof value !== 'string') return String(value);
  return `"${value.length > 60 ? `${value.slice(0, 60)}…` : value}"`;
}

export function valueAt(document: Plain, path: DocumentPath): Plain | undefined {
  let value: Plain | undefined = document;
  for (const step of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    if (Array.isArray(value)) value = value[Number(step)];
    else value = Object.hasOwn(value, step) ? value[step] : undefined;
  }
  return value;
}
