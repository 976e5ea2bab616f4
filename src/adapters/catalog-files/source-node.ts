import type { DocumentPath } from '../../domain/catalog/documents.ts';

/**
 * A document as it was written: values with the offsets they were written at, in UTF-16 code units.
 * Only `full-yaml.ts` sees the `yaml` package; everybody else sees this.
 */
export type SourceNode = ScalarNode | MapNode | ListNode;

export interface ScalarNode {
  readonly kind: 'scalar';
  readonly value: string | number | boolean | null;
  /** The value as text: of `1.10` it is `1.10`, though the number is 1.1. */
  readonly text: string;
  readonly start: number;
  /** Where `text` begins in the file, when it stands there letter for letter. */
  readonly textStart: number | null;
}

export interface MapNode {
  readonly kind: 'map';
  readonly entries: ReadonlyMap<string, MapEntry>;
  readonly start: number;
}

export interface MapEntry {
  readonly keyStart: number;
  readonly node: SourceNode;
}

export interface ListNode {
  readonly kind: 'list';
  readonly items: readonly SourceNode[];
  readonly start: number;
}

export type Plain = string | number | boolean | null | Plain[] | { [key: string]: Plain };

/** Plain data, every alias written out: the reader limits how much that can be. */
export function plainOf(node: SourceNode): Plain {
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'list') return node.items.map(plainOf);
  const map: { [key: string]: Plain } = {};
  for (const [key, entry] of node.entries) map[key] = plainOf(entry.node);
  return map;
}

/** The node at a path; null when nothing was written there. */
export function nodeAt(root: SourceNode, path: DocumentPath): SourceNode | null {
  let node: SourceNode | null = root;
  for (const step of path) node = node === null ? null : (childOf(node, step)?.node ?? null);
  return node;
}

/**
 * Offset of what was written at a path: its value, its key, or so many characters into its text.
 * For what was not written, the nearest key around it.
 */
export function offsetAt(root: SourceNode, path: DocumentPath, part?: 'key' | number): number {
  let node = root;
  let keyStart = root.start;
  for (const step of path) {
    const child = childOf(node, step);
    if (child === null) return keyStart;
    keyStart = child.keyStart;
    node = child.node;
  }
  if (part === 'key') return keyStart;
  if (part === undefined || node.kind !== 'scalar' || node.textStart === null) return node.start;
  return node.textStart + part;
}

function childOf(node: SourceNode, step: string | number): MapEntry | null {
  if (node.kind === 'map') return node.entries.get(String(step)) ?? null;
  const item = node.kind === 'list' ? node.items[Number(step)] : undefined;
  return item === undefined ? null : { keyStart: item.start, node: item };
}
