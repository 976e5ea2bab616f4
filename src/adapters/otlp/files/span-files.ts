import { readFile, stat } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { SpanRecordings } from '../../../application/ports/span-recordings.ts';
import { OperationError } from '../../../domain/errors.ts';
import { spansInFile } from './span-content.ts';

/** Of one file, decompressed too: it is read as a whole. */
const FILE_BYTES_MAX = 512 * 1024 * 1024;
const GZIP = [0x1f, 0x8b];

/** @param stdin - What `-` reads. */
export function spanFiles(stdin: AsyncIterable<Uint8Array>): SpanRecordings {
  return {
    async read(file) {
      const content = spansInFile(await unpacked(file, await bytesOf(file, stdin)));
      if (content === null) {
        throw new OperationError('CAPTURE_INVALID', `"${file}" holds no spans`, {
          hint: 'Give OTLP as JSON, JSON lines or protobuf, like what a Collector writes.',
        });
      }
      const { spans, rejected } = content;
      const doubt = `${rejected} span${rejected === 1 ? '' : 's'} that could not be used`;
      return { spans, doubts: rejected === 0 ? [] : [doubt] };
    },
  };
}

async function bytesOf(file: string, stdin: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  if (file === '-') return await buffer(stdin);
  try {
    if ((await stat(file)).size <= FILE_BYTES_MAX) return await readFile(file);
  } catch (error) {
    throw new OperationError('USAGE', `cannot read "${file}"`, { cause: error });
  }
  throw tooLarge(file);
}

async function unpacked(file: string, bytes: Uint8Array): Promise<Uint8Array> {
  if (!GZIP.every((byte, at) => bytes[at] === byte)) return bytes;
  try {
    return await promisify(gunzip)(bytes, { maxOutputLength: FILE_BYTES_MAX });
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge(file);
    throw new OperationError('CAPTURE_INVALID', `"${file}" cannot be decompressed`, {
      cause: error,
    });
  }
}

function tooLarge(file: string): OperationError {
  return new OperationError(
    'USAGE',
    `"${file}" is larger than ${FILE_BYTES_MAX / 1024 / 1024} MiB`,
    { hint: 'Give a part of it, such as the time of one test run.' },
  );
}
