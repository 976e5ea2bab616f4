import { isForbiddenKey } from './forbidden-keys.ts';
import type { ListNode, MapEntry, MapNode, ScalarNode, SourceNode } from './source-node.ts';

/**
 * A quick reader for the plain YAML that catalogs are written in: block mappings and sequences, flow
 * collections on one line, plain and simply quoted scalars, comments, several documents.
 *
 * It answers only where it is certain: for everything else, mistakes included, it says null and
 * `full-yaml.ts` reads the file with the `yaml` package, about fifteen times slower. A property test
 * holds the two against each other: what this one reads, that one reads the same.
 */
export function readQuickly(text: string): readonly SourceNode[] | null {
  if (UNCERTAIN_CHARACTERS.test(text)) return null;
  const documents: SourceNode[] = [];
  const lines = splitLines(text);
  if (lines === null) return null;
  let from = 0;
  for (let index = 0; index <= lines.length; index += 1) {
    const line = lines[index];
    if (line !== undefined && !line.isSeparator) continue;
    const document = readDocument(text, lines.slice(from, index));
    if (document === null) {
      // An empty document between separators is a null in YAML; only a leading separator is nothing.
      if (index > from || from > 0 || line === undefined) return null;
    } else documents.push(document);
    from = index + 1;
  }
  return documents;
}

/** Control characters, tabs and carriage returns included, and halves of pairs: left to the full reader. */
const UNCERTAIN_CHARACTERS =
  /[^\n\u0020-\u007e\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]/u;

const KEY = /^[A-Za-z_][A-Za-z0-9_./-]*:(?: +|$)/u;
const NOT_STRING_KEYS = /^(?:true|True|TRUE|false|False|FALSE|null|Null|NULL)$/u;

interface Line {
  readonly indent: number;
  /** From the first character that is no blank to the end, trailing blanks cut. */
  readonly content: string;
  readonly start: number;
  readonly isSeparator: boolean;
}

function splitLines(text: string): readonly Line[] | null {
  const lines: Line[] = [];
  let start = 0;
  while (start < text.length) {
    const newline = text.indexOf('\n', start);
    const end = newline === -1 ? text.length : newline;
    let first = start;
    while (first < end && text[first] === ' ') first += 1;
    const content = text.slice(first, end).trimEnd();
    const indent = first - start;
    if (indent === 0 && /^(?:%|\.\.\.|---.)/u.test(content)) return null;
    if (content !== '' && !content.startsWith('#')) {
      lines.push({ indent, content, start: first, isSeparator: indent === 0 && content === '---' });
    }
    start = end + 1;
  }
  return lines;
}

function readDocument(text: string, lines: readonly Line[]): SourceNode | null {
  if (lines.length === 0) return null;
  const reader = new BlockReader(text, lines);
  const node = reader.readMap(0);
  return reader.isAtEnd ? node : null;
}

class BlockReader {
  readonly #lines: Line[];
  readonly #text: string;
  #next = 0;

  constructor(text: string, lines: readonly Line[]) {
    this.#text = text;
    this.#lines = [...lines];
  }

  get isAtEnd(): boolean {
    return this.#next === this.#lines.length;
  }

  get #line(): Line | undefined {
    return this.#lines[this.#next];
  }

  readMap(indent: number): MapNode | null {
    const entries = new Map<string, MapEntry>();
    const start = this.#line?.start ?? 0;
    for (let line = this.#line; line !== undefined && line.indent >= indent; line = this.#line) {
      if (line.indent !== indent || !this.#readEntry(line, entries)) return null;
    }
    return entries.size === 0 ? null : { kind: 'map', entries, start };
  }

  #readEntry(line: Line, entries: Map<string, MapEntry>): boolean {
    const match = KEY.exec(line.content)?.[0];
    if (match === undefined) return false;
    const key = match.slice(0, match.indexOf(':'));
    if (!isPlainKey(key) || entries.has(key)) return false;
    const node = this.#readValue(line, match.length);
    if (node === null) return false;
    entries.set(key, { keyStart: line.start, node });
    return true;
  }

  /** What follows `key: ` on the line, or stands below it. */
  #readValue(line: Line, offset: number): SourceNode | null {
    const { indent } = line;
    const rest = line.content.slice(offset);
    if (rest !== '' && !rest.startsWith('#')) return this.#readInline(line, offset, indent);
    this.#next += 1;
    const below = this.#line;
    if (below !== undefined && isItem(below) && below.indent >= indent) {
      return this.#readList(below.indent);
    }
    if (below !== undefined && below.indent > indent) return this.readMap(below.indent);
    return rest === '' ? emptyScalar(line.start + line.content.length) : null;
  }

  #readList(indent: number): ListNode | null {
    const items: SourceNode[] = [];
    const start = this.#line?.start ?? 0;
    for (let line = this.#line; line !== undefined && line.indent >= indent; line = this.#line) {
      if (line.indent !== indent) return null;
      if (!isItem(line)) break;
      const item = this.#readItem(line, indent);
      if (item === null) return null;
      items.push(item);
    }
    return { kind: 'list', items, start };
  }

  #readItem(line: Line, indent: number): SourceNode | null {
    const match = /^- +/u.exec(line.content);
    if (match === null) return null;
    const offset = match[0].length;
    const content = line.content.slice(offset);
    if (content.startsWith('#') || isItemText(content)) return null;
    if (!KEY.test(content)) return this.#readInline(line, offset, indent);
    // `- name: cart`: the mapping begins on this line, as deep as its first key stands.
    this.#lines[this.#next] = {
      indent: indent + offset,
      content,
      start: line.start + offset,
      isSeparator: false,
    };
    return this.readMap(indent + offset);
  }

  /** A value on its own line: what is below must not be deeper, for then it would be part of it. */
  #readInline(line: Line, offset: number, indent: number): SourceNode | null {
    const node = new InlineReader(
      this.#text,
      line.start + offset,
      line.start + line.content.length,
    ).read();
    this.#next += 1;
    const below = this.#line;
    return below !== undefined && below.indent > indent ? null : node;
  }
}

function isItem(line: Line): boolean {
  return isItemText(line.content);
}

function isItemText(content: string): boolean {
  return content === '-' || content.startsWith('- ');
}

function isPlainKey(key: string): boolean {
  return !NOT_STRING_KEYS.test(key) && !isForbiddenKey(key);
}

function emptyScalar(start: number): ScalarNode {
  return { kind: 'scalar', value: null, text: '', start, textStart: null };
}

const PLAIN_START = /^(?:[A-Za-z0-9_./$]|-[A-Za-z-])/u;
const COMMENT_OR_END = /^(?: +#.*| *)$/u;
const FLOW_KEY = /[A-Za-z_][A-Za-z0-9_./-]*: +/uy;
const FLOW_DEPTH_MAX = 8;
/** In a flow collection a plain scalar ends before these. */
const FLOW_PLAIN = /[^,[\]{}]*/uy;

/** Scalars and flow collections that begin and end on one line. */
class InlineReader {
  readonly #text: string;
  readonly #end: number;
  #at: number;

  constructor(text: string, start: number, end: number) {
    this.#text = text;
    this.#at = start;
    this.#end = end;
  }

  read(): SourceNode | null {
    const first = this.#text[this.#at];
    const isPlain = first !== '{' && first !== '[' && first !== '"' && first !== "'";
    const node = isPlain ? this.#readBlockPlain() : this.#readFlow(0);
    const rest = this.#text.slice(this.#at, this.#end);
    return COMMENT_OR_END.test(rest) ? node : null;
  }

  #readBlockPlain(): ScalarNode | null {
    const line = this.#text.slice(this.#at, this.#end);
    const comment = line.indexOf(' #');
    const plain = (comment === -1 ? line : line.slice(0, comment)).trimEnd();
    const node = plainScalar(plain, this.#at);
    this.#at += plain.length;
    return node;
  }

  #readFlow(depth: number): SourceNode | null {
    const first = this.#text[this.#at];
    if (first === '"' || first === "'") return this.#readQuoted();
    if (first !== '{' && first !== '[') return this.#readFlowPlain();
    if (depth > FLOW_DEPTH_MAX) return null;
    return first === '{' ? this.#readFlowMap(depth) : this.#readFlowList(depth);
  }

  #readFlowPlain(): ScalarNode | null {
    const start = this.#at;
    FLOW_PLAIN.lastIndex = start;
    const all = FLOW_PLAIN.exec(this.#text)?.[0] ?? '';
    const plain = all.slice(0, this.#end - start).trimEnd();
    this.#at += plain.length;
    return plain.includes(' #') ? null : plainScalar(plain, start);
  }

  #readFlowMap(depth: number): MapNode | null {
    const start = this.#at;
    const entries = new Map<string, MapEntry>();
    this.#skip();
    while (this.#text[this.#at] !== '}') {
      const keyStart = this.#at;
      const key = this.#readFlowKey();
      if (key === null || entries.has(key)) return null;
      const node = this.#readFlow(depth + 1);
      if (node === null || !this.#readComma('}')) return null;
      entries.set(key, { keyStart, node });
    }
    this.#at += 1;
    return { kind: 'map', entries, start };
  }

  #readFlowKey(): string | null {
    FLOW_KEY.lastIndex = this.#at;
    const match = FLOW_KEY.exec(this.#text)?.[0];
    if (match === undefined || this.#at + match.length > this.#end) return null;
    this.#at += match.length;
    const key = match.slice(0, match.indexOf(':'));
    return isPlainKey(key) ? key : null;
  }

  #readFlowList(depth: number): ListNode | null {
    const start = this.#at;
    const items: SourceNode[] = [];
    this.#skip();
    while (this.#text[this.#at] !== ']') {
      const item = this.#readFlow(depth + 1);
      if (item === null || !this.#readComma(']')) return null;
      items.push(item);
    }
    this.#at += 1;
    return { kind: 'list', items, start };
  }

  /** Blanks, then a comma that another element follows, or the closing bracket (which stays). */
  #readComma(close: '}' | ']'): boolean {
    while (this.#text[this.#at] === ' ') this.#at += 1;
    if (this.#at >= this.#end) return false;
    if (this.#text[this.#at] === close) return true;
    if (this.#text[this.#at] !== ',') return false;
    this.#skip();
    return this.#at < this.#end && this.#text[this.#at] !== close;
  }

  /** Over one character and the blanks after it. */
  #skip(): void {
    this.#at += 1;
    while (this.#text[this.#at] === ' ') this.#at += 1;
  }

  /** No escapes: a backslash or a doubled quote is left to the full reader. */
  #readQuoted(): ScalarNode | null {
    const start = this.#at;
    const quote = this.#text[start] ?? '';
    const close = this.#text.indexOf(quote, start + 1);
    if (close === -1 || close >= this.#end) return null;
    const value = this.#text.slice(start + 1, close);
    this.#at = close + 1;
    if (this.#text[this.#at] === quote || (quote === '"' && value.includes('\\'))) return null;
    // After a quoted scalar, `:` would make it a key.
    if (/^ *:/u.test(this.#text.slice(this.#at, this.#end))) return null;
    return { kind: 'scalar', value, text: value, start, textStart: start + 1 };
  }
}

function plainScalar(text: string, start: number): ScalarNode | null {
  if (!PLAIN_START.test(text)) return null;
  if (text.endsWith(':') || text.includes(': ')) return null;
  const value = resolved(text);
  return value === undefined ? null : { kind: 'scalar', value, text, start, textStart: start };
}

/** Numbers, true, false by the core schema of YAML 1.2; undefined where only the full reader is sure. */
function resolved(text: string): string | number | boolean | undefined {
  if (/^(?:true|false)$/u.test(text)) return text === 'true';
  if (/^[A-Za-z_/$-]/u.test(text)) return NOT_STRING_KEYS.test(text) ? undefined : text;
  if (/^(?:0|[1-9]\d{0,14})$/u.test(text)) return Number(text);
  if (text === '.' || /^\d+\.\d+\.\d/u.test(text)) return text;
  // Neither a number nor the beginning of one in any notation: what has a letter no number has.
  return /[^\d.+xoa-fA-FinN_-]/u.test(text) ? text : undefined;
}
