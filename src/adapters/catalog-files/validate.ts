import type * as z from 'zod';
import { componentSchema } from '../../contract/component.ts';
import { API_VERSION } from '../../contract/envelope.ts';
import { jsonSchemaOf, type DocumentName } from '../../contract/json-schema.ts';
import { projectSchema, type ProjectContract } from '../../contract/project.ts';
import { testSuiteSchema } from '../../contract/test-suite.ts';
import { isValidName } from '../../domain/catalog/check-names.ts';
import type {
  ComponentDocument,
  DocumentPath,
  ParsedDocument,
  PositionOf,
  TestSuiteDocument,
} from '../../domain/catalog/documents.ts';
import type { Diagnostic, Location } from '../../domain/diagnostic.ts';
import { expectedPhrase, flatIssues, problemsOf, valueAt, type DocumentProblem } from './issues.ts';
import { salvage } from './salvage.ts';
import { nodeAt, offsetAt, plainOf, type Plain, type SourceNode } from './source-node.ts';

/** Documents by the contract's schemas: what is right of them, and a diagnostic for all that is not. */

export interface Validated<Document> {
  /** Null when too little is left to know what it is. */
  readonly parsed: ParsedDocument<Document> | null;
  readonly diagnostics: readonly Diagnostic[];
}

type Locate = (offset: number) => Location;

export function validateComponent(root: SourceNode, locate: Locate): Validated<ComponentDocument> {
  return validate({ root, locate, schema: componentSchema, name: 'component' });
}

export function validateTestSuite(root: SourceNode, locate: Locate): Validated<TestSuiteDocument> {
  return validate({ root, locate, schema: testSuiteSchema, name: 'test-suite' });
}

export function validateProject(root: SourceNode, locate: Locate): Validated<ProjectContract> {
  return validate({ root, locate, schema: projectSchema, name: 'project' });
}

interface Named {
  readonly metadata: { readonly name: string };
}

interface Validation<Document> {
  readonly root: SourceNode;
  readonly locate: Locate;
  readonly schema: z.ZodType<Document>;
  readonly name: DocumentName;
}

/** Stands in while the form is checked: whether a name is a good one is the catalog's rule, not the form's. */
const ANY_NAME = 'any-name';

function validate<Document extends Named>({
  root,
  locate,
  schema,
  name,
}: Validation<Document>): Validated<Document> {
  const { document, writtenName } = prepared(root, name !== 'project');
  const positionOf: PositionOf = (path, part) => locate(offsetAt(root, path, part));
  const result = schema.safeParse(document, { error: expectedPhrase });
  if (result.success) {
    return { parsed: parsedAs(result.data, writtenName, positionOf, false), diagnostics: [] };
  }
  const issues = flatIssues(result.error.issues);
  const diagnostics = issues
    .flatMap((issue) => problemsOf(issue, document, () => jsonSchemaOf(name)))
    .map((problem) => diagnosticOf(problem, positionOf, writtenName));
  const rest = salvage(document, issues);
  const again = schema.safeParse(rest.document);
  if (!again.success) return { parsed: null, diagnostics };
  const positionInRest: PositionOf = (path, part) => positionOf(rest.writtenPath(path), part);
  return { parsed: parsedAs(again.data, writtenName, positionInRest, true), diagnostics };
}

function diagnosticOf(
  { code, message, hint, path, part }: DocumentProblem,
  positionOf: PositionOf,
  component: string | null,
): Diagnostic {
  return {
    code,
    severity: 'error',
    message,
    ...(hint === undefined ? {} : { hint }),
    location: positionOf(path, part === 'key' ? 'key' : undefined),
    ...(component === null ? {} : { component }),
  };
}

function parsedAs<Document extends Named>(
  document: Document,
  writtenName: string | null,
  positionOf: PositionOf,
  isBroken: boolean,
): ParsedDocument<Document> {
  const name = writtenName ?? document.metadata.name;
  return {
    document: { ...document, metadata: { ...document.metadata, name } },
    positionOf,
    isBroken,
  };
}

interface Prepared {
  readonly document: Plain;
  readonly writtenName: string | null;
}

/** Plain data for the schema; of catalog documents with what is checked elsewhere already put right. */
function prepared(root: SourceNode, isOfCatalog: boolean): Prepared {
  const document = plainOf(root);
  if (!isOfCatalog) return { document, writtenName: null };
  if (isMapping(document)) document['apiVersion'] = API_VERSION;
  const spec = valueAt(document, ['spec']);
  const environment = valueAt(document, ['spec', 'environment']);
  if (isMapping(spec) && isMapping(environment)) {
    spec['environment'] = asWritten(environment, root, ['spec', 'environment']);
  }
  return { document, writtenName: takeName(valueAt(document, ['metadata'])) };
}

/** The name as written, a stand-in put in its place when it is not a good one; null when there is none. */
function takeName(metadata: Plain | undefined): string | null {
  const name = isMapping(metadata) ? metadata['name'] : null;
  if (!isMapping(metadata) || typeof name !== 'string' || name === '') return null;
  if (!isValidName(name)) metadata['name'] = ANY_NAME;
  return name;
}

/** Numbers of environment variables as they were written: `1.10` is not 1.1, nor `0777` 777. */
function asWritten(
  environment: { readonly [key: string]: Plain },
  root: SourceNode,
  path: DocumentPath,
): { [key: string]: Plain } {
  return Object.fromEntries(
    Object.entries(environment).map(([key, value]) => {
      const node = nodeAt(root, [...path, key]);
      const isText = typeof value === 'number' || typeof value === 'boolean';
      return [key, isText && node?.kind === 'scalar' ? node.text : value];
    }),
  );
}

function isMapping(value: Plain | undefined): value is { [key: string]: Plain } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
