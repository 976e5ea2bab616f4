import { API_VERSION } from '../../contract/envelope.ts';
import { compareDiagnostics, type Diagnostic, type Location } from '../../domain/diagnostic.ts';
import type { ParsedComponent, ParsedTestSuite } from '../../domain/catalog/documents.ts';
import { didYouMean } from '../../domain/did-you-mean.ts';
import type { ErrorCode } from '../../domain/errors.ts';
import type { FullDocument } from './full-yaml.ts';
import { linesOf } from './lines.ts';
import { nodeAt, offsetAt, type SourceNode } from './source-node.ts';
import { validateComponent, validateTestSuite, type Validated } from './validate.ts';

/** Everything one file says, with its mistakes. Depends on nothing but its path and its text. */
export interface ParsedFile {
  readonly components: readonly ParsedComponent[];
  readonly testSuites: readonly ParsedTestSuite[];
  readonly diagnostics: readonly Diagnostic[];
  /** Names of components that the file declares but that could not be read. */
  readonly unreadableNames: readonly string[];
}

/** Kinds that other parts of the program read; a catalog folder may hold them too. */
const OTHER_KINDS: ReadonlySet<string> = new Set(['Project']);
const CATALOG_KINDS = ['Component', 'TestSuite'] as const;

/** After these a document is not what its author wrote. */
const MISREAD_CODES: ReadonlySet<ErrorCode> = new Set(['CATALOG_YAML', 'CATALOG_YAML_ALIASES']);

/** `file` is how diagnostics call it; `documents` are what its text was read as. */
export function parseFile(
  file: string,
  text: string,
  documents: readonly FullDocument[],
): ParsedFile {
  const parsed = new FileParser(file, linesOf(file, text));
  for (const document of documents) parsed.add(document);
  return parsed.result();
}

/** The name that a file most likely declares when nothing in it can be read: `cart.yaml` → cart. */
export function nameFromPath(file: string): string {
  return file.slice(file.lastIndexOf('/') + 1).replace(/\.ya?ml$/u, '');
}

class FileParser {
  readonly #file: string;
  readonly #locate: (offset: number) => Location;
  readonly #components: ParsedComponent[] = [];
  readonly #testSuites: ParsedTestSuite[] = [];
  readonly #diagnostics: Diagnostic[] = [];
  readonly #unreadableNames: string[] = [];

  constructor(file: string, locate: (offset: number) => Location) {
    this.#file = file;
    this.#locate = locate;
  }

  result(): ParsedFile {
    return {
      components: this.#components,
      testSuites: this.#testSuites,
      diagnostics: this.#diagnostics.toSorted(compareDiagnostics),
      unreadableNames: this.#unreadableNames,
    };
  }

  add({ root, problems }: FullDocument): void {
    for (const { offset, ...problem } of problems) {
      this.#diagnostics.push({ ...problem, severity: 'error', location: this.#locate(offset) });
    }
    // What follows a syntax error is not where it seems to be: only the name is believed.
    if (root === null || problems.some(({ code }) => MISREAD_CODES.has(code))) {
      if (problems.length > 0) this.#addUnreadable(root);
      return;
    }
    if (root.kind !== 'map') {
      if (root.kind === 'scalar' && root.value === null) return;
      this.#report(root.start, {
        code: 'CATALOG_INVALID_VALUE',
        message: 'expected a mapping with `apiVersion`, `kind`, `metadata` and `spec`',
      });
      this.#addUnreadable(root);
      return;
    }
    this.#addMapping(root, problems.length > 0);
  }

  #addMapping(root: SourceNode, isBroken: boolean): void {
    const kind = textAt(root, 'kind');
    const isOurs = this.#checkApiVersion(root);
    if (isOurs && OTHER_KINDS.has(kind ?? '')) return;
    if (kind === 'Component') {
      this.#keep(
        validateComponent(root, this.#locate),
        root,
        this.#components,
        isBroken || !isOurs,
      );
    } else if (kind === 'TestSuite') {
      this.#keep(
        validateTestSuite(root, this.#locate),
        root,
        this.#testSuites,
        isBroken || !isOurs,
      );
    } else {
      if (isOurs) this.#reportKind(root, kind);
      this.#addUnreadable(root);
    }
  }

  #keep<Document>(
    validated: Validated<Document>,
    root: SourceNode,
    list: Validated<Document>['parsed'][],
    isBroken: boolean,
  ): void {
    this.#diagnostics.push(...validated.diagnostics);
    if (validated.parsed === null) this.#addUnreadable(root);
    else list.push(isBroken ? { ...validated.parsed, isBroken } : validated.parsed);
  }

  #checkApiVersion(root: SourceNode): boolean {
    const apiVersion = textAt(root, 'apiVersion');
    if (apiVersion === API_VERSION) return true;
    const [code, message] =
      apiVersion === null
        ? (['CATALOG_MISSING_KEY', 'the key "apiVersion" is missing in the document'] as const)
        : ([
            'CATALOG_UNKNOWN_KIND',
            `the apiVersion "${apiVersion.slice(0, 80)}" is not known`,
          ] as const);
    this.#report(offsetAt(root, ['apiVersion']), {
      code,
      message: `${message}, expected "${API_VERSION}"`,
      hint: `write \`apiVersion: ${API_VERSION}\``,
    });
    return false;
  }

  #reportKind(root: SourceNode, kind: string | null): void {
    const expected = `expected ${CATALOG_KINDS.map((each) => `"${each}"`).join(' or ')}`;
    const hint = kind === null ? undefined : didYouMean(kind, CATALOG_KINDS);
    this.#report(offsetAt(root, ['kind']), {
      code: kind === null ? 'CATALOG_MISSING_KEY' : 'CATALOG_UNKNOWN_KIND',
      message:
        kind === null
          ? `the key "kind" is missing in the document, ${expected}`
          : `the kind "${kind.slice(0, 80)}" is not known, ${expected}`,
      ...(hint === undefined ? {} : { hint }),
    });
  }

  #report(offset: number, problem: Pick<Diagnostic, 'code' | 'message' | 'hint'>): void {
    this.#diagnostics.push({ ...problem, severity: 'error', location: this.#locate(offset) });
  }

  #addUnreadable(root: SourceNode | null): void {
    const name = root === null ? null : textAt(root, 'metadata', 'name');
    this.#unreadableNames.push(name ?? nameFromPath(this.#file));
  }
}

function textAt(root: SourceNode, ...path: readonly string[]): string | null {
  const node = nodeAt(root, path);
  return node?.kind === 'scalar' && typeof node.value === 'string' ? node.value : null;
}
