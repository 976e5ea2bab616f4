import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { environmentFolder } from '../../../src/adapters/embedded/environment-folder.ts';
import { logPath, parseLogLine, readLog } from '../../../src/adapters/embedded/logs/log-files.ts';
import { LogWriter } from '../../../src/adapters/embedded/logs/log-writer.ts';
import { createRedactor } from '../../../src/adapters/embedded/logs/redaction.ts';
import { systemClock } from '../../../src/main/clock.ts';
import { temporaryFolder, type TemporaryFolder } from '../../support/temporary-folder.ts';

let folder: TemporaryFolder;
let path: string;
let writer: LogWriter;
const redactor = createRedactor();
redactor.learn(['very-secret']);

beforeEach(async () => {
  folder = await temporaryFolder();
  path = join(folder.path, 'cart.log');
  writer = new LogWriter(path, systemClock, redactor);
});
afterEach(async () => {
  writer.close();
  await folder.remove();
});

async function texts(options: { readonly tail?: number } = {}): Promise<string[]> {
  const lines: string[] = [];
  for await (const { text } of readLog(path, options)) lines.push(text);
  return lines;
}

async function followed(count: number, write: () => void): Promise<string[]> {
  const stop = new AbortController();
  const lines: string[] = [];
  setTimeout(write, 30);
  for await (const { text } of readLog(path, { follow: true, signal: stop.signal })) {
    lines.push(text);
    if (lines.length === count) stop.abort();
  }
  return lines;
}

describe('the log of a component', () => {
  it('keeps lines with their time and stream', async () => {
    writer.write('stdout', 'hello  world');
    writer.write('stderr', '');
    const raw = await readFile(path, 'utf8');
    const [first, second] = raw.split('\n').map(parseLogLine);
    expect(first).toMatchObject({ stream: 'stdout', text: 'hello  world' });
    expect(second).toMatchObject({ stream: 'stderr', text: '' });
    expect(new Date(first?.at ?? '').toISOString()).toBe(first?.at);
    expect((await stat(path)).mode & 0o077).toBe(0);
  });

  it('puts lines together that came in pieces, also in the middle of a character', async () => {
    const bytes = Buffer.from('grün\nlast');
    const stream = Readable.from([bytes.subarray(0, 3), bytes.subarray(3, 6), bytes.subarray(6)]);
    writer.follow(stream, 'stdout');
    await new Promise((resolve) => stream.once('close', resolve));
    expect(await texts()).toEqual(['grün', 'last']);
  });

  it('shows secrets to nobody', async () => {
    writer.write('stdout', 'the very-secret value');
    expect(await texts()).toEqual(['the *** value']);
    expect(writer.last()).toEqual(['the *** value']);
  });

  it('cuts a line that is too long and goes on with the next', async () => {
    const stream = Readable.from([Buffer.alloc(100_000, 'x'), Buffer.from('\nnext\n')]);
    writer.follow(stream, 'stdout');
    await new Promise((resolve) => stream.once('close', resolve));
    const [long, next] = await texts();
    expect(long).toHaveLength(16 * 1024);
    expect(next).toBe('next');
  });

  it('keeps three files of about a mebibyte, the newest lines in them', async () => {
    const line = 'y'.repeat(1_000);
    for (let n = 0; n < 5_000; n += 1) writer.write('stdout', `${n} ${line}`);
    expect((await readdir(folder.path)).toSorted()).toEqual([
      'cart.log',
      'cart.log.1',
      'cart.log.2',
    ]);
    const sizes = await Promise.all(
      ['cart.log.1', 'cart.log.2'].map(async (name) => (await stat(join(folder.path, name))).size),
    );
    for (const size of sizes) expect(size).toBeLessThan(1024 * 1024 + 2_000);
    const numbers = (await texts()).map((text) => Number(text.split(' ')[0]));
    expect(numbers.at(-1)).toBe(4_999);
    expect(numbers).toEqual(numbers.map((_, index) => 5_000 - numbers.length + index));
  });

  it('gives the last lines only, when asked', async () => {
    for (const text of ['a', 'b', 'c']) writer.write('stdout', text);
    expect(await texts({ tail: 2 })).toEqual(['b', 'c']);
    expect(await texts({ tail: 0 })).toEqual([]);
    expect(await texts({ tail: 9 })).toEqual(['a', 'b', 'c']);
  });

  it('is empty when nothing was written', async () => {
    expect(await texts()).toEqual([]);
  });

  it('writes nothing after it was closed, so that a removed file stays removed', async () => {
    writer.write('stdout', 'before');
    writer.close();
    await folder.remove();
    writer.write('stdout', 'after');
    await expect(stat(path)).rejects.toThrow('ENOENT');
  });
});

describe('following a log', () => {
  it('begins before the first line is written', async () => {
    expect(await followed(1, () => writer.write('stdout', 'first'))).toEqual(['first']);
  });

  it('gives what was kept and then what comes, each once', async () => {
    writer.write('stdout', 'kept');
    const lines = await followed(3, () => {
      writer.write('stdout', 'one');
      writer.write('stdout', 'two');
    });
    expect(lines).toEqual(['kept', 'one', 'two']);
  });

  it('misses no line while files are put aside', async () => {
    writer.write('stdout', '0');
    const pad = 'z'.repeat(900);
    const lines = await followed(2_001, () => {
      for (let n = 1; n <= 2_000; n += 1) writer.write('stdout', `${n} ${pad}`);
    });
    expect(lines.map((text) => Number(text.split(' ')[0]))).toEqual(
      Array.from({ length: 2_001 }, (_, n) => n),
    );
  });

  it('ends when told to, though nothing comes', async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 50);
    const lines: string[] = [];
    for await (const { text } of readLog(path, { follow: true, signal: stop.signal })) {
      lines.push(text);
    }
    expect(lines).toEqual([]);
  });
});

describe('the name of a log', () => {
  it('never leads out of the folder of the environment', () => {
    const environment = environmentFolder('/state', 'coupon');
    expect(logPath(environment, 'build/cart')).toBe(
      '/state/environments/coupon/logs/build/cart.log',
    );
    for (const name of ['../x', 'a/b', '/etc/passwd', 'test/../../x', '', '.', 'build/']) {
      expect(() => logPath(environment, name)).toThrow('no component is named');
    }
    for (const name of ['../x', 'a/b', '', '.', 'A', 'a.b']) {
      expect(() => environmentFolder('/state', name)).toThrow('no environment is named');
    }
  });
});
