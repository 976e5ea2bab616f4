import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CaptureDecoder } from '../../src/adapters/capture/capture-decoder.ts';
import { CaptureReader } from '../../src/adapters/capture/format/capture-reader.ts';
import type { RecordedPacket } from '../../src/adapters/capture/format/pcap-writer.ts';
import { pcapHeader, pcapRecord } from '../../src/adapters/capture/format/pcap-writer.ts';
import {
  pcapngInterface,
  pcapngPacket,
  pcapngSection,
} from '../../src/adapters/capture/format/pcapng-writer.ts';
import { OperationError } from '../../src/domain/errors.ts';
import { parseDnsMessage } from '../../src/domain/calls/protocols/dns-message.ts';
import { DnsDecoder } from '../../src/domain/calls/protocols/dns.ts';
import { recorder, START_US } from '../support/conversations.ts';
import { dnsQuery } from '../support/dns-messages.ts';
import { joinBytes } from '../support/packets.ts';
import { callsIn, captureOf, decodeFile, Wire } from '../support/tcp-wire.ts';

interface Turn {
  readonly status: number;
  readonly asked: number;
  readonly answered: number;
}

const turn: fc.Arbitrary<Turn> = fc.record({
  status: fc.constantFrom(200, 404, 500, 503),
  asked: fc.nat(60),
  answered: fc.nat(60),
});

const turns = fc.array(turn, { minLength: 1, maxLength: 8 });
const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 10 });
const numbers = fc.integer({ min: 0, max: 0xffffffff });

/** The conversation in segments of these sizes, again and again. */
function wireOf(
  of: readonly Turn[],
  pieces: readonly number[],
  isn: readonly [number, number],
): Wire {
  const wire = new Wire({ clientIsn: isn[0], serverIsn: isn[1] }).open();
  let next = 0;
  const say = (side: 'client' | 'server', text: string): void => {
    for (let at = 0; at < text.length;) {
      const size = pieces[next++ % pieces.length] ?? 1;
      wire.send(side, 'PA', { payload: text.slice(at, at + size) });
      at += size;
    }
  };
  for (const [index, { status, asked, answered }] of of.entries()) {
    say(
      'client',
      `POST /${index} HTTP/1.1\r\nContent-Length: ${asked}\r\n\r\n${'q'.repeat(asked)}`,
    );
    say(
      'server',
      `HTTP/1.1 ${status} X\r\nContent-Length: ${answered}\r\n\r\n${'a'.repeat(answered)}`,
    );
  }
  return wire.close();
}

function told(packets: readonly RecordedPacket[]): readonly string[] {
  return callsIn(packets).map(
    ({ operation, status, outcome }) => `${operation} ${status} ${outcome}`,
  );
}

function expected(of: readonly Turn[]): readonly string[] {
  const outcome = (status: number): string => {
    if (status < 400) return 'ok';
    return status < 500 ? 'client_error' : 'server_error';
  };
  return of.map(({ status }, index) => `POST /${index} ${status} ${outcome(status)}`);
}

/** Moves packets back by at most so many places; times stay with the packets. */
function disordered(
  packets: readonly RecordedPacket[],
  moves: readonly number[],
): readonly RecordedPacket[] {
  return packets
    .map((packet, place) => ({ packet, at: place + (moves[place % moves.length] ?? 0) }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ packet }) => packet);
}

describe('a conversation over TCP', () => {
  it('gives the same calls however it is cut, disordered and repeated', () => {
    fc.assert(
      fc.property(
        turns,
        sizes,
        fc.tuple(numbers, numbers),
        fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 20 }),
        fc.array(fc.boolean(), { minLength: 1, maxLength: 9 }),
        (of, pieces, isn, ...[moves, isTwice]) => {
          const { packets } = wireOf(of, pieces, isn);
          const twice = packets.flatMap((packet, place) =>
            isTwice[place % isTwice.length] === true ? [packet, packet] : [packet],
          );
          const [first, ...rest] = disordered(twice, moves);
          const all = [first, ...rest].filter((packet) => packet !== undefined);
          expect(told(all)).toEqual(expected(of));
        },
      ),
    );
  });

  it('of which packets are missing never has a call that is wrong, and none ok that was not seen', () => {
    fc.assert(
      fc.property(
        turns,
        sizes,
        fc.tuple(numbers, numbers),
        fc.array(fc.nat(200), { minLength: 1, maxLength: 8 }),
        (of, pieces, isn, lost) => {
          const { packets } = wireOf(of, pieces, isn);
          const missing = new Set(lost.map((place) => place % packets.length));
          const truth = new Set(expected(of));
          // A request whose beginning was seen has its answer, but no name that could be read.
          for (const line of expected(of)) truth.add(line.replace(/^\S+ \S+/u, 'unknown'));
          const names = new Set([...of.keys()].map((index) => `POST /${index}`)).add('unknown');
          const calls = callsIn(packets.filter((_, place) => !missing.has(place)));
          const wrong = calls.filter(({ protocol, operation, status, outcome }) =>
            outcome === 'unknown'
              ? protocol === 'http' && !names.has(operation)
              : !truth.has(`${operation} ${status} ${outcome}`),
          );
          expect(wrong).toEqual([]);
        },
      ),
    );
  });

  it('is the same out of every format and in pieces of every size', () => {
    fc.assert(
      fc.property(
        turns,
        sizes,
        fc.integer({ min: 1, max: 400 }),
        fc.boolean(),
        (of, pieces, size, isBigEndian) => {
          const { packets } = wireOf(of, pieces, [1, 1]);
          const order = { isBigEndian };
          const file = joinBytes(
            pcapngSection(order),
            pcapngInterface({ linkType: 101, digits: 9 }, order),
            ...packets.map((packet) => pcapngPacket(packet, { index: 0, digits: 9 }, order)),
          );
          const calls: unknown[] = [];
          const decoder = new CaptureDecoder({ onCall: (call) => calls.push(call) });
          const reader = new CaptureReader((packet) => decoder.packet(packet));
          for (let at = 0; at < file.length; at += size) reader.push(file.subarray(at, at + size));
          decoder.end();
          expect(calls).toEqual(callsIn(packets));
        },
      ),
    );
  });
});

describe('what was written', () => {
  it('is read', () => {
    const packet = fc.record({
      bytes: fc.uint8Array({ maxLength: 300 }),
      atUs: fc.integer({ min: 0, max: 4_000_000_000_000_000 }),
    });
    fc.assert(
      fc.property(
        fc.array(packet),
        fc.boolean(),
        fc.constantFrom('us' as const, 'ns' as const),
        (packets, isBigEndian, resolution) => {
          const options = { linkType: 1, isBigEndian, resolution };
          const read: RecordedPacket[] = [];
          const reader = new CaptureReader(({ bytes, start, end, atUs }) => {
            read.push({ bytes: bytes.slice(start, end), atUs });
          });
          reader.push(
            joinBytes(pcapHeader(options), ...packets.map((each) => pcapRecord(each, options))),
          );
          reader.end();
          expect(read).toEqual(packets);
        },
      ),
    );
  });
});

/** `read`, or the code with which it is refused. */
function decodingOf(file: Uint8Array): string {
  try {
    decodeFile(file);
    return 'read';
  } catch (error) {
    if (error instanceof OperationError) return error.code;
    throw error;
  }
}

describe('any bytes', () => {
  const flips = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), {
    minLength: 1,
    maxLength: 30,
  });

  it('as a capture are refused or read, never more', () => {
    const magics = fc.constantFrom(
      [0xd4, 0xc3, 0xb2, 0xa1],
      [0xa1, 0xb2, 0x3c, 0x4d],
      [0x0a, 0x0d, 0x0d, 0x0a],
      [1, 2, 3, 4],
    );
    fc.assert(
      fc.property(magics, fc.uint8Array({ maxLength: 2_000 }), (magic, rest) => {
        expect(decodingOf(joinBytes(Uint8Array.from(magic), rest))).toMatch(
          /^(?:read|CAPTURE_INVALID)$/u,
        );
      }),
    );
  });

  it('as packets of every link type are counted or used', () => {
    const linkType = fc.constantFrom(0, 1, 101, 108, 113, 276, 228);
    fc.assert(
      fc.property(
        linkType,
        fc.array(fc.uint8Array({ maxLength: 120 }), { maxLength: 20 }),
        (type, packets) => {
          const options = { linkType: type };
          const file = joinBytes(
            pcapHeader(options),
            ...packets.map((bytes) => pcapRecord({ bytes, atUs: 1 }, options)),
          );
          const { decoder } = decodeFile(file);
          expect(decoder.counters.heldBytes).toBe(0);
        },
      ),
    );
  });

  it('in place of those of a conversation never stop it, and everything that was held is let go', () => {
    fc.assert(
      fc.property(turns, sizes, flips, (of, pieces, changes) => {
        const file = captureOf(wireOf(of, pieces, [5, 5]).packets);
        for (const [at, value] of changes) file[24 + (at % (file.length - 24))] = value;
        const { decoder, calls } = decodeFile(file);
        expect(decoder.counters.heldBytes).toBe(0);
        expect(new Set(calls.map(({ id }) => id)).size).toBe(calls.length);
      }),
      { numRuns: 300 },
    );
  });

  it('as DNS are a message or none, in time', () => {
    fc.assert(
      fc.property(flips, fc.uint8Array({ maxLength: 600 }), (changes, rest) => {
        const bytes = joinBytes(dnsQuery({ name: 'cart.shop.svc.cluster.local' }), rest);
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        const message = parseDnsMessage(bytes);
        expect(message === null || message.name.length < 1_100).toBe(true);
        const { decoder, calls } = recorder((context) => new DnsDecoder(context));
        decoder.onClientBytes(bytes, START_US);
        decoder.onServerBytes(bytes, START_US);
        decoder.onCaptureEnd(START_US);
        expect(calls.every(({ outcome }) => outcome !== 'ok')).toBe(true);
      }),
    );
  });
});
