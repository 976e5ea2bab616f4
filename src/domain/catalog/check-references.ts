import type { Component } from './component.ts';
import { didYouMean } from '../did-you-mean.ts';
import type { Diagnostic } from '../diagnostic.ts';
import type {
  DocumentPath,
  EnvironmentDocument,
  ParsedComponent,
  ParsedTestSuite,
  PositionOf,
} from './documents.ts';
import { listed, soundComponent, type KnownNames } from './known-names.ts';
import {
  formatOutput,
  hasOutput,
  outputsOf,
  ownOutputsOf,
  parseTemplate,
  type Reference,
  type TemplateProblem,
} from './references.ts';

/** Every `${…}` of one document names something that exists there. */

interface Problem {
  readonly message: string;
  readonly hint?: string | undefined;
}

interface Template {
  readonly text: string;
  readonly path: DocumentPath;
}

export function checkComponentReferences(
  parsed: ParsedComponent,
  self: Component,
  known: KnownNames,
): readonly Diagnostic[] {
  const { metadata, spec } = parsed.document;
  const context: Context = { self, isSelfBroken: parsed.isBroken, known };
  const inEnvironment = templatesOf(spec.environment).flatMap((template) =>
    problemsIn(template, (reference) => inComponent(reference, context), context),
  );
  const inImage =
    spec.image === undefined
      ? []
      : problemsIn({ text: spec.image, path: ['spec', 'image'] }, onlyRevision, context);
  return [...inEnvironment, ...inImage].map((problem) =>
    diagnosticOf(problem, metadata.name, parsed.positionOf),
  );
}

export function checkTestSuiteReferences(parsed: ParsedTestSuite): readonly Diagnostic[] {
  const { metadata, spec } = parsed.document;
  const inEnvironment = templatesOf(spec.environment).flatMap((template) =>
    problemsIn(template, inTestSuite, null),
  );
  const inImage =
    spec.image === undefined
      ? []
      : problemsIn({ text: spec.image, path: ['spec', 'image'] }, onlyRevision, null);
  return [...inEnvironment, ...inImage].map((problem) =>
    diagnosticOf(problem, metadata.name, parsed.positionOf),
  );
}

interface Context {
  readonly self: Component;
  readonly isSelfBroken: boolean;
  readonly known: KnownNames;
}

interface PlacedProblem {
  readonly problem: Problem;
  readonly path: DocumentPath;
  readonly offset: number;
}

function templatesOf(environment: EnvironmentDocument): readonly Template[] {
  return Object.entries(environment).flatMap(([name, value]) =>
    typeof value === 'string' ? [{ text: value, path: ['spec', 'environment', name] }] : [],
  );
}

function problemsIn(
  { text, path }: Template,
  check: (reference: Reference) => Problem | null,
  context: Context | null,
): readonly PlacedProblem[] {
  const { parts, problems } = parseTemplate(text);
  const misread = problems.map((problem) => ({
    problem: sharpened(problem, context) ?? problem,
    path,
    offset: problem.offset,
  }));
  const wrong = parts.flatMap((part) => {
    const problem = part.kind === 'reference' ? check(part.reference) : null;
    return part.kind === 'reference' && problem !== null
      ? [{ problem, path, offset: part.offset }]
      : [];
  });
  return [...misread, ...wrong];
}

/** When only the output is unknown, what the component really has says more than the general form. */
function sharpened({ unknownOutput }: TemplateProblem, context: Context | null): Problem | null {
  if (unknownOutput === undefined || context === null) return null;
  const { of, output } = unknownOutput;
  if (of === null) return context.isSelfBroken ? null : noSuchOwnOutput(output, context.self);
  const undeclared = notADependency(of, context);
  if (undeclared !== null) return undeclared;
  const component = soundComponent(of, context.known);
  return component === null ? null : noSuchOutput(output, component);
}

function inComponent(reference: Reference, context: Context): Problem | null {
  if (reference.kind === 'dependency') return wrongDependency(reference, context);
  if (reference.kind === 'entry') return { message: '"${entry.…}" exists in test suites only' };
  if (reference.kind !== 'self' || context.isSelfBroken) return null;
  const output = formatOutput(reference.output);
  return ownOutputsOf(context.self).includes(output) ? null : noSuchOwnOutput(output, context.self);
}

function wrongDependency(
  { name, output }: Extract<Reference, { kind: 'dependency' }>,
  context: Context,
): Problem | null {
  const undeclared = notADependency(name, context);
  if (undeclared !== null) return undeclared;
  const component = soundComponent(name, context.known);
  if (component === null || hasOutput(component, output)) return null;
  return noSuchOutput(formatOutput(output), component);
}

/** A broken component may have lost the very entry that is missing, so it is not blamed. */
function notADependency(name: string, { self, isSelfBroken }: Context): Problem | null {
  if (isSelfBroken || self.dependencies.some((dependency) => dependency.name === name)) return null;
  const declared = self.dependencies.map((dependency) => dependency.name);
  return {
    message: `"${name}" is not among the dependencies of "${self.name}": ${listed(declared)}`,
    hint: didYouMean(name, declared) ?? `add "${name}" to \`dependencies\``,
  };
}

function noSuchOutput(output: string, component: Component): Problem {
  const outputs = outputsOf(component);
  if (component.type === 'job') {
    return { message: `"${component.name}" is a job, and jobs have no outputs` };
  }
  return {
    message: `"${component.name}" has no output "${output}", expected one of: ${outputs.join(', ')}`,
    hint: didYouMean(output, outputs) ?? hintForMissing(output, component),
  };
}

function hintForMissing(output: string, component: Component): string | undefined {
  if (output === 'publicUrl') return `only exposed services have one: \`expose: true\``;
  if (output === 'url' && component.ports.length === 0) {
    return `"${component.name}" declares no \`ports\``;
  }
  return undefined;
}

function noSuchOwnOutput(output: string, self: Component): Problem {
  const outputs = ownOutputsOf(self);
  return {
    message: `"${self.name}" has no output "${output}" for itself, expected one of: ${outputs.join(', ')}`,
    hint: didYouMean(output, outputs) ?? hintForMissing(output, self),
  };
}

function inTestSuite(reference: Reference): Problem | null {
  if (reference.kind !== 'dependency' && reference.kind !== 'self') return null;
  return {
    message: `a test suite has no "${reference.kind === 'self' ? 'self' : 'dependencies'}", expected entry, environment or revision`,
    hint: 'the service under test is `${entry.url}`',
  };
}

function onlyRevision(reference: Reference): Problem | null {
  return reference.kind === 'revision'
    ? null
    : {
        message:
          'an image may hold only "${revision.sha}", "${revision.short}", "${revision.branch}"',
      };
}

function diagnosticOf(
  { problem: { message, hint }, path, offset }: PlacedProblem,
  component: string,
  positionOf: PositionOf,
): Diagnostic {
  return {
    code: 'CATALOG_BAD_REFERENCE',
    severity: 'error',
    message,
    ...(hint === undefined ? {} : { hint }),
    location: positionOf(path, offset),
    component,
  };
}
