import { compareText } from '../../../../domain/diagnostic.ts';
import { OperationError } from '../../../../domain/errors.ts';
import { sha256Hex } from '../../../../domain/naming/digest.ts';
import { RESOURCE_TYPES } from '../../client/resource-types.ts';
import type { Draft } from '../draft.ts';
import type { Mounts } from '../pods.ts';

/** SQL files on their way into a Job: in ConfigMaps, mounted under the names they have in the source. */

/** Where the Job finds the script and the files. */
export const SCRIPT_FOLDER = '/offshoot';
const FILES_FOLDER = `${SCRIPT_FOLDER}/files`;
const SCRIPT_KEY = 'run.sh';

/** Of one ConfigMap, which may hold 1 MiB with all its keys. Unit: bytes. */
const CHUNK_BYTES_MAX = 900 * 1024;
const CHUNKS_MAX = 99;

export interface StepFile {
  /** As the source has it; it is remembered in the database by this name. */
  readonly name: string;
  readonly sha256: string;
  /** Absolute, in the Job. */
  readonly path: string;
}

export interface StepFiles {
  readonly drafts: readonly Draft[];
  readonly mounts: Mounts;
}

/** @throws {OperationError} `MIGRATION_FAILED` when they are too large to be handed over like that. */
export function stepFiles(
  job: string,
  texts: ReadonlyMap<string, string>,
  script: (files: readonly StepFile[]) => string,
): StepFiles {
  const names = [...texts.keys()].toSorted(compareText);
  const files = names.map((name) => ({
    name,
    sha256: sha256Hex(texts.get(name) ?? ''),
    path: `${FILES_FOLDER}/${name}`,
  }));
  const entries = names.map((name, index): Entry => {
    const text = texts.get(name) ?? '';
    return { key: `file-${index}`, path: `files/${name}`, text, bytes: Buffer.byteLength(text) };
  });
  const text = script(files);
  const run = { key: SCRIPT_KEY, path: SCRIPT_KEY, text, bytes: Buffer.byteLength(text) };
  const chunks = chunksOf([run, ...entries]);
  return {
    drafts: chunks.map((chunk, index) => ({
      type: RESOURCE_TYPES.configMap,
      name: `${job}--${index}`,
      body: { data: Object.fromEntries(chunk.map(({ key, text: data }) => [key, data])) },
    })),
    mounts: {
      volumes: [{ name: 'step', projected: { sources: chunks.map(sourceOf(job)) } }],
      volumeMounts: [{ name: 'step', mountPath: SCRIPT_FOLDER, readOnly: true }],
    },
  };
}

interface Entry {
  readonly key: string;
  /** Below the folder of the script. */
  readonly path: string;
  readonly text: string;
  readonly bytes: number;
}

function sourceOf(job: string): (chunk: readonly Entry[], index: number) => object {
  return (chunk, index) => ({
    configMap: { name: `${job}--${index}`, items: chunk.map(({ key, path }) => ({ key, path })) },
  });
}

function chunksOf(entries: readonly Entry[]): readonly (readonly Entry[])[] {
  const chunks: Entry[][] = [];
  let room = 0;
  for (const entry of entries) {
    if (entry.bytes > CHUNK_BYTES_MAX) throw tooLarge(entry.path);
    const last = chunks.at(-1);
    if (last !== undefined && entry.bytes <= room) last.push(entry);
    else {
      chunks.push([entry]);
      room = CHUNK_BYTES_MAX;
    }
    room -= entry.bytes;
  }
  if (chunks.length > CHUNKS_MAX) throw tooLarge('all of them');
  return chunks;
}

function tooLarge(what: string): OperationError {
  return new OperationError(
    'MIGRATION_FAILED',
    `SQL files are too large to be applied as files: "${what}", expected at most ${CHUNK_BYTES_MAX} bytes`,
    { hint: 'use a command with an image that holds them' },
  );
}
