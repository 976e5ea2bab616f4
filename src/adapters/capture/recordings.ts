import { open, type FileHandle } from 'node:fs/promises';
import type {
  CallRecordings,
  Decoding,
  RecordingSummary,
} from '../../application/ports/call-recordings.ts';
import type { Call } from '../../domain/calls/call.ts';
import { OperationError } from '../../domain/errors.ts';
import { CaptureDecoder } from './capture-decoder.ts';
import { CaptureReader } from './format/capture-reader.ts';
import { doubtsOf } from './doubts.ts';

/** @param stdin - What `-` reads. */
export function callRecordings(stdin: AsyncIterable<Uint8Array>): CallRecordings {
  return { decode: (file) => new RecordingDecoding(file, stdin) };
}

class RecordingDecoding implements Decoding {
  readonly lots: AsyncIterable<readonly Call[]>;
  #calls: Call[] = [];
  readonly #decoder = new CaptureDecoder({ onCall: (call) => this.#calls.push(call) });
  readonly #reader = new CaptureReader((packet) => this.#decoder.packet(packet));

  constructor(file: string, stdin: AsyncIterable<Uint8Array>) {
    this.lots = this.#read(file === '-' ? this.#readStream(stdin) : this.#readFile(file));
  }

  summary(): RecordingSummary {
    const { counters } = this.#decoder;
    return {
      packets: this.#reader.counters.packets,
      calls: counters.calls,
      doubts: doubtsOf(this.#reader.counters, counters),
      names: this.#decoder.names,
    };
  }

  async *#read(pieces: AsyncIterable<void>): AsyncGenerator<readonly Call[]> {
    for await (const _ of pieces) {
      if (this.#calls.length > 0) yield this.#calls.splice(0);
    }
    this.#reader.end();
    this.#decoder.end();
    yield this.#calls.splice(0);
  }

  async *#readStream(stream: AsyncIterable<Uint8Array>): AsyncGenerator<void> {
    for await (const piece of stream) yield this.#reader.push(piece);
  }

  /** Into the reader's own buffer, which spares a copy. Pipes have no size, so it is read until nothing comes. */
  async *#readFile(file: string): AsyncGenerator<void> {
    const handle = await opened(file);
    try {
      for (;;) {
        const { bytesRead } = await handle.read(this.#reader.room());
        if (bytesRead === 0) return;
        yield this.#reader.took(bytesRead);
      }
    } finally {
      await handle.close();
    }
  }
}

async function opened(file: string): Promise<FileHandle> {
  try {
    const handle = await open(file, 'r');
    if (!(await handle.stat()).isDirectory()) return handle;
    await handle.close();
  } catch (error) {
    throw new OperationError('USAGE', `cannot read "${file}"`, { cause: error });
  }
  throw new OperationError('USAGE', `"${file}" is a folder, not a capture`);
}
