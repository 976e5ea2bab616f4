import { closeSync, fstatSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import type { Clock } from '../../../application/ports/clock.ts';
import type { LogLine } from '../../../application/ports/engine.ts';
import { formatLogLine, LOG_FILES } from './log-files.ts';
import type { Redactor } from './redaction.ts';

/** Size at which a log file is put aside; `LOG_FILES` of them are kept. */
const FILE_BYTES = 1024 * 1024;
const LINE_CHARACTERS = 16 * 1024;
/** Beyond the limit, so that a secret across it is seen whole. */
const BUFFER_CHARACTERS = LINE_CHARACTERS + 4 * 1024;
const LAST_LINES = 30;

/**
 * The log of one component: redacted, cut, rotated; written at once, so that nothing is lost with the agent.
 * A full disk loses lines, never the component.
 */
export class LogWriter {
  readonly #path: string;
  readonly #clock: Clock;
  readonly #redactor: Redactor;
  #file: number | null = null;
  #bytes = 0;
  #isClosed = false;
  #last: string[] = [];

  constructor(path: string, clock: Clock, redactor: Redactor) {
    this.#path = path;
    this.#clock = clock;
    this.#redactor = redactor;
  }

  /** Copies a stream line by line until it ends. */
  follow(stream: Readable, name: LogLine['stream']): void {
    const decoder = new StringDecoder('utf8');
    let pending = '';
    stream.on('data', (chunk: Buffer) => {
      const lines = (pending + decoder.write(chunk)).split(/\r?\n/u);
      pending = (lines.pop() ?? '').slice(0, BUFFER_CHARACTERS);
      for (const line of lines) this.write(name, line);
    });
    stream.on('end', () => {
      const rest = pending + decoder.end();
      if (rest !== '') this.write(name, rest);
    });
    stream.on('error', () => undefined);
  }

  write(stream: LogLine['stream'], line: string): void {
    const text = this.#redactor.cut(line.slice(0, BUFFER_CHARACTERS), LINE_CHARACTERS);
    this.#last.push(text);
    if (this.#last.length > LAST_LINES * 2) this.#last = this.#last.slice(-LAST_LINES);
    const at = new Date(this.#clock.nowMs()).toISOString();
    this.#append(formatLogLine({ at, stream, text }));
  }

  /** The last lines of this process's writing, oldest first. */
  last(count: number = LAST_LINES): readonly string[] {
    return this.#last.slice(-count);
  }

  /** Nothing is written any more: what comes late must not bring back a file that was removed. */
  close(): void {
    this.#isClosed = true;
    this.#closeFile();
  }

  #closeFile(): void {
    if (this.#file !== null) closeSync(this.#file);
    this.#file = null;
  }

  #append(text: string): void {
    if (this.#isClosed) return;
    try {
      this.#file ??= this.#open();
      this.#bytes += writeSync(this.#file, text);
      if (this.#bytes >= FILE_BYTES) this.#rotate();
    } catch {
      this.#closeFile();
    }
  }

  #open(): number {
    mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
    const file = openSync(this.#path, 'a', 0o600);
    this.#bytes = fstatSync(file).size;
    return file;
  }

  #rotate(): void {
    this.#closeFile();
    rmSync(`${this.#path}.${LOG_FILES - 1}`, { force: true });
    for (let age = LOG_FILES - 2; age >= 0; age -= 1) {
      const from = age === 0 ? this.#path : `${this.#path}.${age}`;
      try {
        renameSync(from, `${this.#path}.${age + 1}`);
      } catch {
        // Not there yet.
      }
    }
  }
}

/** The logs of one environment's components, each opened once. */
export class LogBook {
  readonly redactor: Redactor;
  readonly #pathOf: (name: string) => string;
  readonly #clock: Clock;
  readonly #writers = new Map<string, LogWriter>();

  constructor(pathOf: (name: string) => string, clock: Clock, redactor: Redactor) {
    this.#pathOf = pathOf;
    this.#clock = clock;
    this.redactor = redactor;
  }

  /** @param name - A component, `build/<component>` or `test/<run>`. */
  of(name: string): LogWriter {
    const known = this.#writers.get(name);
    if (known !== undefined) return known;
    const writer = new LogWriter(this.#pathOf(name), this.#clock, this.redactor);
    this.#writers.set(name, writer);
    return writer;
  }

  /** Its file is about to go. */
  forget(name: string): void {
    this.#writers.get(name)?.close();
    this.#writers.delete(name);
  }

  close(): void {
    for (const writer of this.#writers.values()) writer.close();
    this.#writers.clear();
  }
}
