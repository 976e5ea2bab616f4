import { open, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { LogLine, LogOptions } from '../../../application/ports/engine.ts';
import { OperationError } from '../../../domain/errors.ts';
import type { EnvironmentFolder } from '../environment-folder.ts';

/**
 * Reads the logs of components from disk: by the agent, and by the command line without any agent.
 *
 * A log is `<name>.log`, older parts `<name>.log.1` and so on; a line is `time stream text`.
 */

/** The present file and those put aside. */
export const LOG_FILES = 3;
const POLL_MS = 100;
/** More than the longest line has bytes. */
const READ_BYTES = 256 * 1024;
const SAFE_LOG = /^(?:(?:build|test)\/)?[A-Za-z0-9][A-Za-z0-9._-]*$/u;
const LINE = /^(\S+) (stdout|stderr) (.*)$/u;

export function logPath(folder: EnvironmentFolder, name: string): string {
  if (!SAFE_LOG.test(name)) {
    throw new OperationError('COMPONENT_NOT_IN_ENVIRONMENT', `no component is named "${name}"`);
  }
  return join(folder.logs, `${name}.log`);
}

export function formatLogLine(line: LogLine): string {
  return `${line.at} ${line.stream} ${line.text}\n`;
}

export function parseLogLine(text: string): LogLine | null {
  const [, at, stream, rest] = LINE.exec(text) ?? [];
  if (at === undefined || rest === undefined) return null;
  return { at, stream: stream === 'stderr' ? 'stderr' : 'stdout', text: rest };
}

/** The lines of a log, oldest first; with `follow` those to come as well, until the signal aborts. */
export async function* readLog(path: string, options: LogOptions): AsyncGenerator<LogLine> {
  const { lines, place } = await kept(path);
  yield* options.tail === undefined ? lines : lines.slice(Math.max(0, lines.length - options.tail));
  if (options.follow === true) yield* following(path, place, options.signal);
}

interface Place {
  readonly inode: number;
  readonly offset: number;
}

/** Opens the present file first: put aside meanwhile, it is the same file under another name. */
async function kept(path: string): Promise<{ lines: readonly LogLine[]; place: Place | null }> {
  const file = await openOrNull(path);
  try {
    const inode = file === null ? null : (await file.stat()).ino;
    const older: string[] = [];
    for (let age = LOG_FILES - 1; age > 0; age -= 1) {
      older.push(await readOlder(`${path}.${age}`, inode));
    }
    if (file === null || inode === null) return { lines: linesOf(older.join('')), place: null };
    const bytes = await file.readFile();
    const offset = bytes.lastIndexOf(0x0a) + 1;
    const lines = linesOf(older.join('') + bytes.toString('utf8', 0, offset));
    return { lines, place: { inode, offset } };
  } finally {
    await file?.close();
  }
}

async function readOlder(path: string, presentInode: number | null): Promise<string> {
  const file = await openOrNull(path);
  if (file === null) return '';
  try {
    return (await file.stat()).ino === presentInode ? '' : await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

function linesOf(text: string): readonly LogLine[] {
  return text.split('\n').flatMap((line) => parseLogLine(line) ?? []);
}

/** Keeps the file open while it is put aside, so that its last lines are not missed. */
async function* following(
  path: string,
  from: Place | null,
  signal: AbortSignal | undefined,
): AsyncGenerator<LogLine> {
  let place = from;
  for (;;) {
    if (signal?.aborted === true) return;
    const file = await openOrNull(path);
    if (file === null) {
      await pause(signal);
      continue;
    }
    try {
      const { ino } = await file.stat();
      const offset = place?.inode === ino ? place.offset : 0;
      place = { inode: ino, offset: yield* followFile({ file, path, inode: ino }, offset, signal) };
    } finally {
      await file.close();
    }
  }
}

/** @returns How far it read: to the end of the file once another has its place. */
async function* followFile(
  followed: { readonly file: FileHandle; readonly path: string; readonly inode: number },
  from: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<LogLine, number> {
  let offset = from;
  let isLast = false;
  for (;;) {
    const read = await readFrom(followed.file, offset);
    offset += read.bytes;
    yield* read.lines;
    if (read.bytes > 0) continue;
    if (isLast || signal?.aborted === true) return offset;
    isLast = !(await isPresent(followed.path, followed.inode));
    if (!isLast) await pause(signal);
  }
}

async function readFrom(
  file: FileHandle,
  offset: number,
): Promise<{ readonly lines: readonly LogLine[]; readonly bytes: number }> {
  const buffer = Buffer.alloc(READ_BYTES);
  const { bytesRead } = await file.read(buffer, 0, READ_BYTES, offset);
  const bytes = buffer.subarray(0, bytesRead).lastIndexOf(0x0a) + 1;
  return { lines: linesOf(buffer.toString('utf8', 0, bytes)), bytes };
}

async function isPresent(path: string, inode: number): Promise<boolean> {
  try {
    return (await stat(path)).ino === inode;
  } catch {
    // Put aside and the next not begun, or all removed: what we hold open is still the newest.
    return true;
  }
}

function pause(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, POLL_MS);
    signal?.addEventListener('abort', done);
  });
}

async function openOrNull(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, 'r');
  } catch {
    return null;
  }
}
