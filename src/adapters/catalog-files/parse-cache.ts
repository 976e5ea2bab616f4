import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import type { FullDocument } from './full-yaml.ts';

/**
 * What catalog files were read as, by the hash of their bytes, kept between commands: reading YAML is
 * most of the time that a command needs for a large catalog.
 *
 * Only a cache: a missing, foreign or damaged one is an empty one, and nothing it does can fail a command.
 */
export interface ParseCache {
  get(hash: string): readonly FullDocument[] | null;
  put(hash: string, documents: readonly FullDocument[]): void;
  /** Writes what was asked for or added since, and nothing else, when something was added. */
  save(): void;
}

/** Grows whenever what `full-yaml.ts` gives for the same bytes changes. */
const FORMAT = 1;
/** Stands before the rest: what was damaged is not looked into. */
const DIGEST_BYTES = 32;
const FILE_BYTES_MAX = 64 * 1024 * 1024;

interface Stored {
  readonly format: number;
  readonly files: ReadonlyMap<string, readonly FullDocument[]>;
}

export const NO_CACHE: ParseCache = {
  get: () => null,
  put: () => undefined,
  save: () => undefined,
};

export function openParseCache(file: string): ParseCache {
  const known = load(file);
  const used = new Map<string, readonly FullDocument[]>();
  let hasNew = false;
  return {
    get(hash) {
      const documents = known.get(hash) ?? null;
      if (documents !== null) used.set(hash, documents);
      return documents;
    },
    put(hash, documents) {
      used.set(hash, documents);
      hasNew = true;
    },
    save() {
      if (hasNew) store(file, used);
      hasNew = false;
    },
  };
}

function load(file: string): ReadonlyMap<string, readonly FullDocument[]> {
  try {
    const bytes = readFileSync(file);
    const body = bytes.subarray(DIGEST_BYTES);
    if (!digestOf(body).equals(bytes.subarray(0, DIGEST_BYTES))) return new Map();
    const stored: unknown = deserialize(body);
    return isStored(stored) ? stored.files : new Map();
  } catch {
    return new Map();
  }
}

function isStored(value: unknown): value is Stored {
  return (
    typeof value === 'object' &&
    value !== null &&
    'format' in value &&
    value.format === FORMAT &&
    'files' in value &&
    value.files instanceof Map
  );
}

/** By a name of our own and a rename: two commands at once leave one whole file. */
function store(file: string, files: ReadonlyMap<string, readonly FullDocument[]>): void {
  const written = `${file}.${process.pid}`;
  try {
    const body = serialize({ format: FORMAT, files } satisfies Stored);
    if (body.length > FILE_BYTES_MAX) return;
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(written, Buffer.concat([digestOf(body), body]), { mode: 0o600 });
    renameSync(written, file);
  } catch {
    discard(written);
  }
}

function discard(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // Its folder is no folder: then there is nothing to discard.
  }
}

function digestOf(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}
