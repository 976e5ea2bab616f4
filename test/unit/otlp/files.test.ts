import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeSpans } from '../../../src/adapters/otlp/export/encode-spans.ts';
import { spanFiles } from '../../../src/adapters/otlp/files/span-files.ts';
import { span, spanIdOf, traceIdOf } from '../../support/spans.ts';
import { temporaryFolder, type TemporaryFolder } from '../../support/temporary-folder.ts';

let folder: TemporaryFolder;

beforeEach(async () => {
  folder = await temporaryFolder();
});

afterEach(async () => folder.remove());

function document(...ids: readonly string[]): object {
  const spans = ids.map((id) => ({
    traceId: traceIdOf('01'),
    spanId: spanIdOf(id),
    startTimeUnixNano: '1000000',
  }));
  return { resourceSpans: [{ scopeSpans: [{ spans }] }] };
}

function lengthBefore(bytes: Uint8Array): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(bytes.length);
  return Buffer.concat([head, bytes]);
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

async function idsIn(content: string | Uint8Array): Promise<readonly string[]> {
  const path = join(folder.path, 'spans');
  writeFileSync(path, content);
  const { spans, doubts } = await spanFiles(nothing()).read(path);
  return [...spans.map(({ spanId }) => spanId.replace(/^b+/u, '')), ...doubts];
}

const one = encodeSpans([span({ id: '01' })]);
const two = encodeSpans([span({ id: '02' })]);

describe('a file of spans', () => {
  it.each<[string, string | Uint8Array, readonly string[]]>([
    ['one document', JSON.stringify(document('01', '02'), null, 2), ['01', '02']],
    ['a list of documents', JSON.stringify([document('01'), document('02')]), ['01', '02']],
    [
      'one document a line',
      `${JSON.stringify(document('01'))}\n\n${JSON.stringify(document('02'))}\n`,
      ['01', '02'],
    ],
    ['protobuf', one, ['01']],
    ['protobuf with lengths', Buffer.concat([lengthBefore(one), lengthBefore(two)]), ['01', '02']],
    ['anything of that, compressed', gzipSync(JSON.stringify(document('01'))), ['01']],
    [
      'a line that was cut',
      `${JSON.stringify(document('01'))}\n{"resourceSp`,
      ['01', '1 span that could not be used'],
    ],
    [
      'a message that was cut',
      Buffer.concat([lengthBefore(one), lengthBefore(two).subarray(0, -3), Buffer.alloc(0)]),
      ['01', '1 span that could not be used'],
    ],
    [
      'a length that was cut, and spans that are none',
      Buffer.concat([
        lengthBefore(encodeSpans([span({ id: '01' }), { ...span({}), spanId: '' }])),
        Buffer.alloc(2),
      ]),
      ['01', '2 spans that could not be used'],
    ],
  ])('may be %s', async (_, content, ids) => {
    expect(await idsIn(content)).toEqual(ids);
  });

  it.each([
    ['', 'holds no spans'],
    ['[]', 'holds no spans'],
    ['hello', 'holds no spans'],
    [Uint8Array.of(0x1f, 0x8b, 1), 'cannot be decompressed'],
  ])('is refused like %j', async (content, message) => {
    await expect(idsIn(content)).rejects.toMatchObject({ code: 'CAPTURE_INVALID' });
    await expect(idsIn(content)).rejects.toThrow(message);
  });

  it('is refused when it cannot be read', async () => {
    await expect(spanFiles(nothing()).read(join(folder.path, 'none'))).rejects.toMatchObject({
      code: 'USAGE',
    });
    mkdirSync(join(folder.path, 'folder'));
    await expect(spanFiles(nothing()).read(join(folder.path, 'folder'))).rejects.toMatchObject({
      code: 'USAGE',
    });
  });

  it('may be standard input', async () => {
    const stdin = async function* (): AsyncGenerator<Uint8Array> {
      yield one.subarray(0, 9);
      yield one.subarray(9);
    };
    expect((await spanFiles(stdin()).read('-')).spans).toHaveLength(1);
  });
});
