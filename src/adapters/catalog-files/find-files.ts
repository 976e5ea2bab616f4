import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { compareText } from '../../domain/diagnostic.ts';
import type { ErrorCode } from '../../domain/errors.ts';

/**
 * The YAML files of catalog folders, sorted, each file once however many ways lead to it.
 *
 * Folders that begin with a dot, `node_modules` and `schema` are passed over. Symbolic links are
 * followed while they stay inside a catalog folder; every folder is entered once, so loops end.
 */
export interface FoundFiles {
  /** Absolute paths as a person would reach them. */
  readonly files: readonly string[];
  readonly problems: readonly FileProblem[];
}

export interface FileProblem {
  readonly code: ErrorCode;
  readonly path: string;
  readonly message: string;
}

const PASSED_OVER: ReadonlySet<string> = new Set(['node_modules', 'schema']);
const YAML_FILE = /\.ya?ml$/u;
/** Folders entered at most; a tree without YAML must end too. */
const FOLDERS_MAX = 20_000;

export async function findFiles(folders: readonly string[], filesMax: number): Promise<FoundFiles> {
  const search = new Search(filesMax);
  const roots: { path: string; real: string }[] = [];
  for (const path of folders) {
    const real = await realFolder(path);
    if (real === null) {
      search.problem('CATALOG_NOT_FOUND', path, `the catalog folder "${path}" does not exist`);
    } else roots.push({ path, real });
  }
  await search.run(roots);
  return search.result();
}

async function realFolder(path: string): Promise<string | null> {
  try {
    return (await stat(path)).isDirectory() ? await realpath(path) : null;
  } catch {
    return null;
  }
}

interface Place {
  readonly path: string;
  readonly real: string;
}

class Search {
  readonly #filesMax: number;
  readonly #files = new Map<string, string>();
  readonly #entered = new Set<string>();
  readonly #problems: FileProblem[] = [];
  #roots: readonly Place[] = [];
  #links: string[] = [];
  #isFull = false;

  constructor(filesMax: number) {
    this.#filesMax = filesMax;
  }

  problem(code: ErrorCode, path: string, message: string): void {
    this.#problems.push({ code, path, message });
  }

  result(): FoundFiles {
    return { files: [...this.#files.values()].toSorted(compareText), problems: this.#problems };
  }

  /** Real files first, links after: what a link leads to is known by its own path where it has one. */
  async run(roots: readonly Place[]): Promise<void> {
    this.#roots = roots;
    await this.#enterAll(roots);
    while (this.#links.length > 0 && !this.#isFull) {
      const links = this.#links.toSorted(compareText);
      this.#links = [];
      for (const link of links) await this.#follow(link);
    }
  }

  async #enterAll(places: readonly Place[]): Promise<void> {
    let level = places;
    while (level.length > 0 && !this.#isFull) {
      const fresh = level.filter(({ real }) => this.#isFirstVisit(real));
      const next = await Promise.all(fresh.map((place) => this.#enter(place)));
      level = next.flat();
    }
  }

  #isFirstVisit(real: string): boolean {
    if (this.#entered.has(real) || this.#isFull) return false;
    this.#entered.add(real);
    if (this.#entered.size > FOLDERS_MAX) this.#stop(real, `more than ${FOLDERS_MAX} folders`);
    return !this.#isFull;
  }

  async #enter({ path, real }: Place): Promise<readonly Place[]> {
    const folders: Place[] = [];
    for (const entry of await this.#list(path)) {
      if (entry.name.startsWith('.') || PASSED_OVER.has(entry.name)) continue;
      const place = { path: join(path, entry.name), real: join(real, entry.name) };
      if (entry.isDirectory()) folders.push(place);
      else if (entry.isSymbolicLink()) this.#links.push(place.path);
      else if (entry.isFile() && YAML_FILE.test(entry.name)) this.#add(place);
    }
    return folders;
  }

  async #list(path: string): Promise<readonly Dirent[]> {
    try {
      const entries = await readdir(path, { withFileTypes: true });
      return entries.toSorted((a, b) => compareText(a.name, b.name));
    } catch {
      this.problem('CATALOG_FILE_UNREADABLE', path, `the folder "${path}" cannot be read`);
      return [];
    }
  }

  #add({ path, real }: Place): void {
    if (this.#isFull || this.#files.has(real)) return;
    if (this.#files.size >= this.#filesMax) {
      this.#stop(path, `more than ${this.#filesMax} YAML files`);
      return;
    }
    this.#files.set(real, path);
  }

  #stop(path: string, what: string): void {
    this.#isFull = true;
    this.problem('CATALOG_TOO_MANY_FILES', path, `the catalog holds ${what}`);
  }

  async #follow(link: string): Promise<void> {
    const target = await resolved(link);
    if (target === null) {
      if (!YAML_FILE.test(link)) return;
      this.problem('CATALOG_FILE_UNREADABLE', link, 'the symbolic link leads nowhere');
      return;
    }
    if (!target.isDirectory && !YAML_FILE.test(link)) return;
    if (!this.#roots.some(({ real }) => isInside(target.real, real))) {
      this.problem(
        'CATALOG_LINK_OUTSIDE',
        link,
        'the symbolic link leads out of the catalog folder and was not followed',
      );
      return;
    }
    const place = { path: link, real: target.real };
    if (target.isDirectory) await this.#enterAll([place]);
    else if (target.isFile) this.#add(place);
  }
}

interface Target {
  readonly real: string;
  readonly isDirectory: boolean;
  readonly isFile: boolean;
}

async function resolved(link: string): Promise<Target | null> {
  try {
    const real = await realpath(link);
    const found = await stat(real);
    return { real, isDirectory: found.isDirectory(), isFile: found.isFile() };
  } catch {
    return null;
  }
}

function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}
