import type { Component, EnvironmentVariable, TestSuite } from './component.ts';
import { didYouMean } from '../did-you-mean.ts';

/**
 * The `${…}` references of design §5: parsing, rendering, and which outputs a component has.
 *
 * Parsing is total: any text gives parts and problems, never an exception. `$${` stands for a literal
 * `${`. Whether the named dependency, port or output exists is the catalog's question
 * (`check-references.ts`); where its value comes from is the engine's.
 */

/** What a component tells others about itself. */
export type Output =
  | { readonly kind: 'host' | 'url' | 'publicUrl' | 'username' | 'password' | 'database' }
  | { readonly kind: 'port'; readonly port: string };

export type Reference =
  | { readonly kind: 'dependency'; readonly name: string; readonly output: Output }
  | { readonly kind: 'self'; readonly output: Output }
  | { readonly kind: 'environment'; readonly field: 'name' | 'domain' }
  | { readonly kind: 'revision'; readonly field: 'sha' | 'short' | 'branch' }
  | { readonly kind: 'entry'; readonly field: 'host' | 'port' | 'url' };

export type TemplatePart =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'reference';
      readonly reference: Reference;
      /** As written, with `${` and `}`. */
      readonly source: string;
      /** Of the `$` in the template, in UTF-16 code units from 0. */
      readonly offset: number;
    };

export interface TemplateProblem {
  readonly offset: number;
  readonly source: string;
  readonly message: string;
  readonly hint?: string;
  /** Set when only the output is unknown: whoever knows the component can list those it has. */
  readonly unknownOutput?: { readonly of: string | null; readonly output: string };
}

export interface Template {
  readonly parts: readonly TemplatePart[];
  readonly problems: readonly TemplateProblem[];
}

const PLAIN_OUTPUTS = ['host', 'url', 'publicUrl', 'username', 'password', 'database'] as const;
const OUTPUT_FORMS: readonly string[] = ['host', 'ports.NAME', ...PLAIN_OUTPUTS.slice(1)];
const ENVIRONMENT_FIELDS = ['name', 'domain'] as const;
const REVISION_FIELDS = ['sha', 'short', 'branch'] as const;
const ENTRY_FIELDS = ['host', 'port', 'url'] as const;
const ROOTS = ['dependencies', 'self', 'environment', 'revision', 'entry'] as const;

export function parseTemplate(text: string): Template {
  if (!text.includes('${')) return { parts: [{ kind: 'text', text }], problems: [] };
  const parts: TemplatePart[] = [];
  const problems: TemplateProblem[] = [];
  let from = 0;
  for (let mark = text.indexOf('${'); mark !== -1; mark = text.indexOf('${', from)) {
    const isEscaped = mark > from && text[mark - 1] === '$';
    addText(parts, text.slice(from, isEscaped ? mark - 1 : mark));
    from = mark + 2;
    if (isEscaped) {
      addText(parts, '${');
      continue;
    }
    const end = text.indexOf('}', from);
    if (end === -1) {
      problems.push(unclosed(text, mark));
      from = mark;
      break;
    }
    const source = text.slice(mark, end + 1);
    const parsed = parseReference(text.slice(from, end));
    from = end + 1;
    if ('message' in parsed) {
      problems.push({ ...parsed, offset: mark, source });
      addText(parts, source);
    } else parts.push({ kind: 'reference', reference: parsed, source, offset: mark });
  }
  addText(parts, text.slice(from));
  return { parts, problems };
}

function addText(parts: TemplatePart[], text: string): void {
  if (text !== '') parts.push({ kind: 'text', text });
}

export interface Rendered {
  readonly text: string;
  /** Some of the text derives from a secret: it belongs where secrets are kept. */
  readonly secret: boolean;
}

/** @param resolve - The value of a reference; null renders empty (an optional dependency that is missing). */
export function renderTemplate(
  text: string,
  resolve: (reference: Reference) => { readonly value: string; readonly secret: boolean } | null,
): Rendered {
  let rendered = '';
  let secret = false;
  for (const part of parseTemplate(text).parts) {
    if (part.kind === 'text') {
      rendered += part.text;
      continue;
    }
    const resolved = resolve(part.reference);
    if (resolved === null) continue;
    rendered += resolved.value;
    secret ||= resolved.secret;
  }
  return { text: rendered, secret };
}

/** Every reference in the environment and the image, in the order written; repeats are kept. */
export function referencesOf(
  owner: Pick<Component | TestSuite, 'environment' | 'image'>,
): readonly Reference[] {
  return [...owner.environment.flatMap(templatesOf), ...(owner.image ? [owner.image] : [])].flatMap(
    (template) =>
      parseTemplate(template).parts.flatMap((part) =>
        part.kind === 'reference' ? [part.reference] : [],
      ),
  );
}

function templatesOf(variable: EnvironmentVariable): readonly string[] {
  return variable.value.kind === 'template' ? [variable.value.template] : [];
}

/** The outputs that dependents may reference, as written after `${dependencies.NAME.`. Jobs have none. */
export function outputsOf(
  component: Pick<Component, 'type' | 'ports' | 'expose'>,
): readonly string[] {
  if (component.type === 'job') return [];
  const outputs = ['host', ...component.ports.map((port) => `ports.${port.name}`)];
  if (component.ports.length > 0) outputs.push('url');
  if (component.expose) outputs.push('publicUrl');
  if (component.type === 'datastore') outputs.push('username', 'password', 'database');
  return outputs;
}

/** The outputs that a component may use of itself. */
export function ownOutputsOf(component: Pick<Component, 'ports' | 'expose'>): readonly string[] {
  const outputs = ['host', ...component.ports.map((port) => `ports.${port.name}`)];
  return component.expose ? [...outputs, 'publicUrl'] : outputs;
}

/** Whether `outputsOf` has the output. */
export function hasOutput(
  component: Pick<Component, 'type' | 'ports' | 'expose'>,
  output: Output,
): boolean {
  if (component.type === 'job') return false;
  switch (output.kind) {
    case 'host':
      return true;
    case 'port':
      return component.ports.some((port) => port.name === output.port);
    case 'url':
      return component.ports.length > 0;
    case 'publicUrl':
      return component.expose;
    case 'username':
    case 'password':
    case 'database':
      return component.type === 'datastore';
  }
}

/** An output as a person writes it: `host`, `ports.http`. */
export function formatOutput(output: Output): string {
  return output.kind === 'port' ? `ports.${output.port}` : output.kind;
}

type Misread = Omit<TemplateProblem, 'offset' | 'source'>;

function parseReference(body: string): Reference | Misread {
  const [root = '', ...rest] = body.split('.');
  switch (root) {
    case 'dependencies':
      return parseDependency(rest);
    case 'self': {
      const output = parseOutput(rest);
      return output === null
        ? { ...misread(body, 'self', OUTPUT_FORMS), unknownOutput: unknownOutput(null, rest) }
        : { kind: 'self', output };
    }
    case 'environment':
    case 'revision':
    case 'entry':
      return parseField(root, rest);
    default:
      return {
        message: `"\${${body}}" is not a reference, expected one of ${ROOTS.join(', ')} first`,
        hint: didYouMean(root, ROOTS) ?? 'write "$${" for a literal "${"',
      };
  }
}

function parseDependency([name = '', ...rest]: readonly string[]): Reference | Misread {
  const output = parseOutput(rest);
  if (name !== '' && output !== null) return { kind: 'dependency', name, output };
  const body = ['dependencies', name, ...rest].join('.');
  const problem = misread(body, `dependencies.${name || 'NAME'}`, OUTPUT_FORMS);
  return name === '' ? problem : { ...problem, unknownOutput: unknownOutput(name, rest) };
}

function parseField(
  root: 'environment' | 'revision' | 'entry',
  rest: readonly string[],
): Reference | Misread {
  const field = rest.join('.');
  if (root === 'environment' && isOneOf(field, ENVIRONMENT_FIELDS)) return { kind: root, field };
  if (root === 'revision' && isOneOf(field, REVISION_FIELDS)) return { kind: root, field };
  if (root === 'entry' && isOneOf(field, ENTRY_FIELDS)) return { kind: root, field };
  const fields = {
    environment: ENVIRONMENT_FIELDS,
    revision: REVISION_FIELDS,
    entry: ENTRY_FIELDS,
  };
  return misread([root, ...rest].join('.'), root, fields[root]);
}

function parseOutput(path: readonly string[]): Output | null {
  const [first = '', second = ''] = path;
  if (first === 'ports' && path.length === 2 && second !== '')
    return { kind: 'port', port: second };
  return path.length === 1 && isOneOf(first, PLAIN_OUTPUTS) ? { kind: first } : null;
}

function isOneOf<T extends string>(text: string, allowed: readonly T[]): text is T {
  return allowed.some((one) => one === text);
}

function misread(body: string, prefix: string, fields: readonly string[]): Misread {
  const last = body.slice(body.lastIndexOf('.') + 1);
  const hint = didYouMean(last, fields);
  return {
    message: `"\${${body}}" is not a reference, expected one of ${fields.join(', ')} after "${prefix}."`,
    ...(hint === undefined ? {} : { hint }),
  };
}

function unknownOutput(
  of: string | null,
  rest: readonly string[],
): { of: string | null; output: string } {
  return { of, output: rest.join('.') };
}

function unclosed(text: string, offset: number): TemplateProblem {
  const source = text.slice(offset, offset + 40);
  return {
    offset,
    source,
    message: `"${source}" opens a reference that is not closed by "}"`,
    hint: 'close it, or write "$${" for a literal "${"',
  };
}
