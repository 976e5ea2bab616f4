import { createHash } from 'node:crypto';
import { isAbsolute, relative, sep } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { CatalogSource } from '../../application/ports/catalog-source.ts';
import { buildCatalog } from '../../domain/catalog/build-catalog.ts';
import type { Catalog } from '../../domain/catalog/component.ts';
import { compareDiagnostics, type Diagnostic } from '../../domain/diagnostic.ts';
import { ERROR_CODES } from '../../domain/errors.ts';
import { findFiles, type FileProblem } from './find-files.ts';
import { readFully } from './full-yaml.ts';
import { NO_CACHE, openParseCache, type ParseCache } from './parse-cache.ts';
import { nameFromPath, parseFile, type ParsedFile } from './parse-file.ts';
import { decode, readBytes } from './read-file.ts';

/**
 * Catalogs from folders of YAML files: found, read, parsed, checked by the contract's schema, then
 * built by the rules of `domain/catalog`, with every mistake at its file, line and column.
 *
 * Input is hostile: files, sizes, links, aliases and keys have limits, and no bytes make this throw.
 * What a component means is not here.
 */
export interface CatalogFilesOptions {
  /** Diagnostics name files relative to this folder when they are inside it. */
  readonly base: string;
  /** More files than this are not read. */
  readonly filesMax?: number;
  /** File that keeps what files were read as between commands; none unless told. */
  readonly cacheFile?: string;
}

export interface LoadedCatalog {
  readonly catalog: Catalog;
  readonly diagnostics: readonly Diagnostic[];
}

const FILES_MAX_DEFAULT = 10_000;

/** After so many files others get their turn: a server must not stand still for 10,000. */
const FILES_AT_A_TIME = 200;

/** A source that reads its folders anew at each load, and parses only the files that changed since. */
export function catalogFiles(
  folders: readonly string[],
  options: CatalogFilesOptions,
): CatalogSource {
  let parsed: ParsedFiles = new Map();
  return {
    load: async () => {
      const next: ParsedFiles = new Map();
      const loaded = await load(folders, options, { known: parsed, next });
      parsed = next;
      return loaded;
    },
  };
}

export function loadCatalog(
  folders: readonly string[],
  options: CatalogFilesOptions,
): Promise<LoadedCatalog> {
  return load(folders, options, { known: new Map(), next: new Map() });
}

type ParsedFiles = Map<string, { readonly hash: string; readonly parsed: ParsedFile }>;

interface Memory {
  /** Of this process. */
  readonly known: ParsedFiles;
  readonly next: ParsedFiles;
  /** Of earlier processes. */
  readonly cache: ParseCache;
}

async function load(
  folders: readonly string[],
  { base, filesMax = FILES_MAX_DEFAULT, cacheFile }: CatalogFilesOptions,
  versions: Omit<Memory, 'cache'>,
): Promise<LoadedCatalog> {
  const cache = cacheFile === undefined ? NO_CACHE : openParseCache(cacheFile);
  const memory: Memory = { ...versions, cache };
  const found = await findFiles(folders, filesMax);
  const files: ParsedFile[] = [];
  for (const [index, path] of found.files.entries()) {
    if (index % FILES_AT_A_TIME === FILES_AT_A_TIME - 1) await setImmediate();
    files.push(read(path, shownPath(path, base), memory));
  }
  cache.save();
  const problems = found.problems.map((problem) => fileDiagnostic(problem, base));
  if (found.files.length === 0 && problems.length === 0) {
    problems.push(emptyCatalog(folders));
  }
  const { catalog, diagnostics } = buildCatalog({
    components: files.flatMap((file) => file.components),
    testSuites: files.flatMap((file) => file.testSuites),
    unreadableNames: new Set(files.flatMap((file) => file.unreadableNames)),
  });
  return {
    catalog,
    diagnostics: [
      ...problems,
      ...files.flatMap((file) => file.diagnostics),
      ...diagnostics,
    ].toSorted(compareDiagnostics),
  };
}

function read(path: string, file: string, { known, next, cache }: Memory): ParsedFile {
  const bytes = readBytes(path);
  if (!Buffer.isBuffer(bytes)) return unreadFile(bytes, file);
  const hash = createHash('sha256').update(bytes).digest('base64');
  const before = known.get(file);
  const parsed = before?.hash === hash ? before.parsed : parseBytes(bytes, file, { cache, hash });
  next.set(file, { hash, parsed });
  return parsed;
}

function parseBytes(
  bytes: Buffer,
  file: string,
  { cache, hash }: { readonly cache: ParseCache; readonly hash: string },
): ParsedFile {
  const text = decode(bytes, file);
  if (typeof text !== 'string') return unreadFile(text, file);
  let documents = cache.get(hash);
  if (documents === null) {
    documents = readFully(text);
    cache.put(hash, documents);
  }
  return parseFile(file, text, documents);
}

function unreadFile({ code, message }: FileProblem, file: string): ParsedFile {
  const location = { file, line: 1, column: 1 };
  const hint = ERROR_CODES[code].remedy;
  return {
    components: [],
    testSuites: [],
    diagnostics: [{ code, severity: 'error', message, hint, location }],
    unreadableNames: [nameFromPath(file)],
  };
}

function fileDiagnostic({ code, path, message }: FileProblem, base: string): Diagnostic {
  return {
    code,
    severity: 'error',
    message,
    hint: ERROR_CODES[code].remedy,
    location: { file: shownPath(path, base), line: 1, column: 1 },
  };
}

function emptyCatalog(folders: readonly string[]): Diagnostic {
  const named = folders.map((folder) => `"${folder}"`).join(', ');
  return {
    code: 'CATALOG_NOT_FOUND',
    severity: 'error',
    message: `there is no YAML file in ${named || 'the catalog, which names no folder'}`,
    hint: ERROR_CODES.CATALOG_NOT_FOUND.remedy,
  };
}

function shownPath(path: string, base: string): string {
  const inside = relative(base, path);
  const isInside = inside !== '' && !inside.startsWith('..') && !isAbsolute(inside);
  return (isInside ? inside : path).split(sep).join('/');
}
