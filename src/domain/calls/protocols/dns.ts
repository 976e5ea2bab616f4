import { byteAt } from './byte-at.ts';
import type {
  ConnectionContext,
  DecodedCall,
  Decoder,
  Detection,
  Detector,
  Side,
} from './decoder.ts';
import type { DnsPath } from './dns-held.ts';
import { DnsLookups } from './dns-lookups.ts';
import { HEADER_BYTES, isDnsHeader, parseDnsMessage, type DnsMessage } from './dns-message.ts';

/** DNS over TCP: messages, each after its length in two bytes. Over UDP `DnsLookups` is used by itself. */

const LENGTH_BYTES = 2;
const NOTHING = new Uint8Array(0);

export const DNS_DETECTOR: Detector = {
  protocol: 'dns',
  detect: (client, server) =>
    client.length > 0 ? detectMessage(client, false) : detectMessage(server, true),
  create: (context) => new DnsDecoder(context),
};

function detectMessage(bytes: Uint8Array, isAnswer: boolean): Detection {
  if (bytes.length < LENGTH_BYTES + HEADER_BYTES) return couldBegin(bytes) ? 'maybe' : 'no';
  const message = bytes.subarray(LENGTH_BYTES);
  if (!isDnsHeader(message) || byteAt(message, 2) >> 7 !== Number(isAnswer)) return 'no';
  const length = lengthAt(bytes, 0);
  if (length <= HEADER_BYTES) return 'no';
  if (message.length < length) return length > 512 ? 'no' : 'maybe';
  return parseDnsMessage(message.subarray(0, length)) === null ? 'no' : 'yes';
}

/** The least that is known of every message: a length, an id, the kind of a plain query or answer. */
function couldBegin(bytes: Uint8Array): boolean {
  if (bytes.length > 4 && (byteAt(bytes, 4) & 0x78) !== 0) return false;
  return bytes.length < 6 || (byteAt(bytes, 5) & 0x40) === 0;
}

function lengthAt(bytes: Uint8Array, at: number): number {
  return (byteAt(bytes, at) << 8) | byteAt(bytes, at + 1);
}

export class DnsDecoder implements Decoder {
  readonly #path: DnsPath;
  readonly #lookups: DnsLookups;
  readonly #streams: Readonly<Record<Side, MessageStream>> = {
    client: new MessageStream(),
    server: new MessageStream(),
  };
  #isFinished = false;

  constructor(context: ConnectionContext) {
    const { client, server } = context;
    this.#path = { client, server, clientHost: client };
    this.#lookups = new DnsLookups({
      nextIndex: () => context.nextIndex(),
      emit: (call) => context.emit(call),
    });
  }

  onClientBytes(bytes: Uint8Array, atUs: number, lostBytes = 0): void {
    this.#take('client', bytes, atUs, lostBytes);
  }

  onServerBytes(bytes: Uint8Array, atUs: number, lostBytes = 0): void {
    this.#take('server', bytes, atUs, lostBytes);
  }

  onClientEnd(_atUs: number): void {
    // It may still wait for answers.
  }

  onServerEnd(atUs: number): void {
    this.onCaptureEnd(atUs);
  }

  onReset(_side: Side, atUs: number): void {
    this.onCaptureEnd(atUs);
  }

  onCaptureEnd(atUs: number): void {
    if (this.#isFinished) return;
    this.#isFinished = true;
    this.#lookups.end(atUs);
  }

  openCalls(atUs: number): readonly DecodedCall[] {
    return this.#isFinished ? [] : this.#lookups.openCalls(atUs).map(([call]) => call);
  }

  #take(side: Side, bytes: Uint8Array, atUs: number, lostBytes: number): void {
    if (this.#isFinished) return;
    const stream = this.#streams[side];
    if (lostBytes > 0) stream.lose();
    stream.push(bytes, (message) => {
      if (message.isAnswer) this.#lookups.answer(message, this.#path, atUs);
      else this.#lookups.ask(message, this.#path, atUs);
    });
  }
}

/** One direction cut into messages. After a loss, or what is none, one is taken to begin with the next piece. */
class MessageStream {
  #kept: Uint8Array = NOTHING;

  lose(): void {
    this.#kept = NOTHING;
  }

  push(piece: Uint8Array, onMessage: (message: DnsMessage) => void): void {
    const bytes = joined(this.#kept, piece);
    this.#kept = NOTHING;
    let at = 0;
    while (at + LENGTH_BYTES <= bytes.length) {
      const end = at + LENGTH_BYTES + lengthAt(bytes, at);
      if (end > bytes.length) break;
      const message = parseDnsMessage(bytes.subarray(at + LENGTH_BYTES, end));
      if (message === null) return;
      onMessage(message);
      at = end;
    }
    this.#kept = bytes.slice(at);
  }
}

function joined(before: Uint8Array, after: Uint8Array): Uint8Array {
  if (before.length === 0) return after;
  const bytes = new Uint8Array(before.length + after.length);
  bytes.set(before);
  bytes.set(after, before.length);
  return bytes;
}
