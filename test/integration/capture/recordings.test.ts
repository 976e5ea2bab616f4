import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { durationMsOf, type Call } from '../../../src/domain/calls/call.ts';
import { decodeFile } from '../../support/tcp-wire.ts';

/** What is read out of real recordings; `test/fixtures/captures/README.md` says how they were made. */

const FOLDER = new URL('../../fixtures/captures', import.meta.url).pathname;
const FILES = readdirSync(FOLDER).filter((name) => name.endsWith('.pcap'));

function told(call: Call, [first]: readonly Call[]): string {
  const sinceMs = (call.startedAtUs - (first?.startedAtUs ?? 0)) / 1_000;
  const { operation, status, outcome, errorType, confidence, reason, correlation } = call;
  return [
    `+${sinceMs.toFixed(3)} ms, ${durationMsOf(call)} ms`,
    `${call.client} → ${call.server}`,
    `${call.protocol} ${operation}`,
    `${outcome} ${errorType ?? status ?? ''} ${confidence}`,
    ...(reason === null ? [] : [reason]),
    ...(Object.keys(correlation).length === 0 ? [] : [JSON.stringify(correlation)]),
  ].join('\n    ');
}

describe('a real recording', () => {
  it.each(FILES)('%s is read as it happened, with nothing missing', async (name) => {
    const { calls, decoder } = decodeFile(readFileSync(join(FOLDER, name)));
    expect(decoder.counters).toMatchObject({
      malformed: 0,
      lostBytes: 0,
      heldBytes: 0,
      evicted: 0,
    });
    const text = calls.map((call) => `${told(call, calls)}\n`).join('');
    await expect(text).toMatchFileSnapshot(join(FOLDER, name.replace('.pcap', '.calls.txt')));
  });

  it('is there more than once', () => {
    expect(FILES.length).toBeGreaterThanOrEqual(3);
  });

  it('that ends at any packet never has an answer that was not seen', () => {
    const file = readFileSync(join(FOLDER, 'http-answers.pcap'));
    const whole = new Set(decodeFile(file).calls.map(brief));
    for (let end = 100; end < file.length; end += 97) {
      const wrong = decodeFile(file.subarray(0, end))
        .calls.filter(({ outcome }) => outcome !== 'unknown')
        .filter((call) => !whole.has(brief(call)));
      expect(wrong).toEqual([]);
    }
  });
});

function brief({ operation, status, outcome }: Call): string {
  return `${operation} ${status} ${outcome}`;
}
