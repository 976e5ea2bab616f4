import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  parseAllDocuments,
  type Alias,
  type Document,
  type Node,
  type Pair,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import type { ErrorCode } from '../../domain/errors.ts';
import { isForbiddenKey } from './forbidden-keys.ts';
import type { ListNode, MapEntry, MapNode, ScalarNode, SourceNode } from './source-node.ts';

export interface FullDocument {
  /** Null for an empty document. With problems, what could be read nevertheless. */
  readonly root: SourceNode | null;
  readonly problems: readonly YamlProblem[];
}

export interface YamlProblem {
  readonly code: ErrorCode;
  readonly offset: number;
  readonly message: string;
  readonly hint?: string;
}

/** Nodes that all aliases of a document may stand for together. */
const ALIASED_NODES_MAX = 20_000;

/** Of a file that is no YAML at all nobody reads more. */
const PROBLEMS_MAX = 20;
const DEPTH_MAX = 100;

/**
 * The complete reader: all of YAML 1.2, anchors and merge keys within limits, every mistake with its
 * offset. Never throws. The `yaml` package's own checks of keys are off, because their cost is
 * quadratic; and its conversion to plain data is not used, because it has no limit for aliases.
 */
export function readFully(text: string): readonly FullDocument[] {
  try {
    const parsed = parseAllDocuments(text, {
      uniqueKeys: false,
      prettyErrors: false,
      stringKeys: false,
      logLevel: 'silent',
    });
    return parsed.map((document) => readDocument(document, text));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const problem: YamlProblem = {
      code: 'CATALOG_YAML',
      offset: 0,
      message: `the YAML cannot be read: ${why}`,
    };
    return [{ root: null, problems: [problem] }];
  }
}

function readDocument(document: Document.Parsed, text: string): FullDocument {
  const conversion = new Conversion(text);
  const root = document.contents === null ? null : conversion.convert(document.contents, 0);
  const syntax = [...document.errors, ...document.warnings].map(({ pos, message }) => ({
    code: 'CATALOG_YAML' as const,
    offset: pos[0],
    message: sentence(message),
  }));
  return { root, problems: [...syntax, ...conversion.problems].slice(0, PROBLEMS_MAX) };
}

function sentence(message: string): string {
  const [first = ''] = message.split('\n');
  return (first.charAt(0).toLowerCase() + first.slice(1)).replace(/[.:]$/u, '');
}

interface Anchor {
  readonly node: SourceNode;
  /** Nodes in it, with what its own aliases stand for. */
  readonly size: number;
}

class Conversion {
  readonly problems: YamlProblem[] = [];
  readonly #text: string;
  readonly #anchors = new Map<string, Anchor | 'open'>();
  #nodes = 0;
  #aliased = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Null where nothing sensible stands; what is wrong is among the problems. */
  convert(node: Node, depth: number): SourceNode | null {
    if (depth > DEPTH_MAX) return this.#refuse(node, `nested deeper than ${DEPTH_MAX} levels`);
    if (isAlias(node)) return this.#resolve(node);
    const anchor = isScalar(node) || isMap(node) || isSeq(node) ? node.anchor : undefined;
    const before = this.#nodes + this.#aliased;
    if (anchor !== undefined) this.#anchors.set(anchor, 'open');
    const converted = this.#convertContent(node, depth);
    if (anchor !== undefined && converted !== null) {
      const size = this.#nodes + this.#aliased - before;
      this.#anchors.set(anchor, { node: converted, size });
    }
    return converted;
  }

  #convertContent(node: Node, depth: number): SourceNode | null {
    this.#nodes += 1;
    if (isScalar(node)) return this.#scalar(node);
    if (isSeq(node)) return this.#list(node, depth);
    if (isMap(node)) return this.#map(node, depth);
    return this.#refuse(node, 'this form of YAML has no meaning here');
  }

  #scalar(node: Scalar): ScalarNode {
    const start = startOf(node);
    const written = this.#text.slice(start, node.range?.[1] ?? start);
    const { value } = node;
    const known = typeof value === 'number' || typeof value === 'boolean' ? value : null;
    const text = typeof value === 'string' ? value : (node.source ?? '');
    const found = written.indexOf(text, /^["']/u.test(written) ? 1 : 0);
    return {
      kind: 'scalar',
      value: typeof value === 'string' ? value : known,
      text,
      start,
      textStart: found === -1 ? null : start + found,
    };
  }

  #list(node: YAMLSeq, depth: number): ListNode {
    const items: SourceNode[] = [];
    for (const item of node.items) {
      const converted = isNode(item) ? this.convert(item, depth + 1) : null;
      items.push(converted ?? nothing(startOf(node)));
    }
    return { kind: 'list', items, start: startOf(node) };
  }

  #map(node: YAMLMap, depth: number): MapNode {
    const entries = new Map<string, MapEntry>();
    const merged: MapNode[] = [];
    for (const pair of node.items) {
      const key = this.#key(pair, node);
      if (key === null) continue;
      if (key.isMerge) {
        merged.push(...this.#merged(pair, depth));
        continue;
      }
      if (!this.#isNew(key, entries)) continue;
      const value = isNode(pair.value) ? this.convert(pair.value, depth + 1) : null;
      entries.set(key.name, { keyStart: key.start, node: value ?? nothing(key.end) });
    }
    for (const map of merged) {
      for (const [name, entry] of map.entries) if (!entries.has(name)) entries.set(name, entry);
    }
    return { kind: 'map', entries, start: startOf(node) };
  }

  #key(pair: Pair, map: YAMLMap): Key | null {
    const { key } = pair;
    if (!isPair(pair) || !isScalar(key)) {
      return this.#refuse(isNode(key) ? key : map, 'a key must be a text');
    }
    const start = startOf(key);
    const name = typeof key.value === 'string' ? key.value : (key.source ?? '');
    const isMerge = name === '<<' && key.type === 'PLAIN';
    return { name, start, end: key.range?.[1] ?? start, isMerge };
  }

  #isNew({ name, start }: Key, entries: ReadonlyMap<string, MapEntry>): boolean {
    if (isForbiddenKey(name)) {
      this.#report({
        code: 'CATALOG_FORBIDDEN_KEY',
        offset: start,
        message: `the key "${name}" is never accepted`,
        hint: 'rename the key',
      });
      return false;
    }
    if (!entries.has(name)) return true;
    this.#report({
      code: 'CATALOG_DUPLICATE_KEY',
      offset: start,
      message: `the key "${name.slice(0, 80)}" stands here twice`,
      hint: 'keep one of the two',
    });
    return false;
  }

  #merged(pair: Pair, depth: number): readonly MapNode[] {
    const value = isNode(pair.value) ? this.convert(pair.value, depth + 1) : null;
    const maps = value?.kind === 'list' ? value.items : [value];
    const found = maps.filter((map) => map?.kind === 'map');
    if (found.length < maps.length && isNode(pair.key)) {
      this.#refuse(pair.key, '"<<" merges a mapping, expected an alias of one');
    }
    return found;
  }

  #resolve(alias: Alias): SourceNode | null {
    const anchor = this.#anchors.get(alias.source);
    if (anchor === undefined) {
      return this.#refuse(alias, `there is no anchor "&${alias.source}" above`);
    }
    if (anchor === 'open') {
      return this.#refuse(alias, `"*${alias.source}" contains itself`, 'CATALOG_YAML_ALIASES');
    }
    const isOverLimit = this.#aliased > ALIASED_NODES_MAX;
    this.#aliased += anchor.size;
    if (this.#aliased <= ALIASED_NODES_MAX) return anchor.node;
    if (isOverLimit) return null;
    return this.#refuse(
      alias,
      `aliases stand for more than ${ALIASED_NODES_MAX} values`,
      'CATALOG_YAML_ALIASES',
    );
  }

  #report(problem: YamlProblem): void {
    if (this.problems.length < PROBLEMS_MAX) this.problems.push(problem);
  }

  #refuse(node: Node, message: string, code: ErrorCode = 'CATALOG_YAML'): null {
    this.#report({ code, offset: startOf(node), message });
    return null;
  }
}

interface Key {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly isMerge: boolean;
}

function isNode(value: unknown): value is Node {
  return isScalar(value) || isMap(value) || isSeq(value) || isAlias(value);
}

function startOf(node: Node): number {
  return node.range?.[0] ?? 0;
}

function nothing(start: number): ScalarNode {
  return { kind: 'scalar', value: null, text: '', start, textStart: null };
}
