import type { DocumentPath } from '../../domain/catalog/documents.ts';
import { valueAt, type FlatIssue } from './issues.ts';
import type { Plain } from './source-node.ts';

/**
 * What is left of a document when its mistakes are taken out, so that one wrong key does not hide
 * what else is wrong with the component, nor make everything that depends on it look dangling.
 */
export interface Salvaged {
  readonly document: Plain;
  /** A path in what is left → the path as written. */
  readonly writtenPath: (path: DocumentPath) => DocumentPath;
}

const LIST = ['spec', 'dependencies'];

/** @param document - Changed in place: it is plain data made for one validation. */
export function salvage(document: Plain, issues: readonly FlatIssue[]): Salvaged {
  const lost = new Set<number>();
  for (const { issue, path } of issues) {
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) remove(document, [...path, key]);
      continue;
    }
    const index = elementOf(path);
    const isMissing = valueAt(document, path) === undefined;
    if (index !== null && (isMissing || path.length === LIST.length + 1)) lost.add(index);
    else remove(document, removable(isMissing ? path.slice(0, -1) : path, index));
  }
  return { document, writtenPath: withoutElements(document, lost) };
}

/** Takes elements out of the dependencies; returns how to find the written place of those left. */
function withoutElements(document: Plain, lost: ReadonlySet<number>): Salvaged['writtenPath'] {
  const list = valueAt(document, LIST);
  if (!Array.isArray(list) || lost.size === 0) return (path) => path;
  const kept = list.map((_, index) => index).filter((index) => !lost.has(index));
  list.splice(0, list.length, ...kept.flatMap((index) => list[index] ?? []));
  return (path) => {
    const index = elementOf(path);
    if (index === null) return path;
    return [...LIST, kept[index] ?? index, ...path.slice(LIST.length + 1)];
  };
}

/** Which dependency a path leads into, or null. */
function elementOf(path: DocumentPath): number | null {
  const index = path[LIST.length];
  return LIST.every((step, depth) => path[depth] === step) && typeof index === 'number'
    ? index
    : null;
}

/** Elements of other lists have no place of their own: the whole list goes. */
function removable(path: DocumentPath, dependency: number | null): DocumentPath {
  const from = dependency === null ? 0 : LIST.length + 1;
  const list = path.findIndex((step, depth) => depth >= from && typeof step === 'number');
  return list === -1 ? path : path.slice(0, list);
}

function remove(document: Plain, path: DocumentPath): void {
  const parent = valueAt(document, path.slice(0, -1));
  const key = path.at(-1);
  if (typeof parent !== 'object' || parent === null || Array.isArray(parent)) return;
  if (key !== undefined) delete parent[key];
}
