import type { DecodedCall } from '../../domain/calls/protocols/decoder.ts';
import type { DnsPath } from '../../domain/calls/protocols/dns-held.ts';
import { DnsLookups } from '../../domain/calls/protocols/dns-lookups.ts';
import { isDnsHeader, parseDnsMessage } from '../../domain/calls/protocols/dns-message.ts';
import { addressText, endpointText, isForMany } from './frames/addresses.ts';
import type { Frame } from './frames/frame.ts';

/** Addresses whose names are remembered; the oldest go first. */
const NAMES_MAX = 16_384;

/** DNS over UDP, recognised by content; and the names that its answers give to addresses. */
export class DnsTraffic {
  readonly #names = new Map<string, string>();
  readonly #lookups: DnsLookups;
  #next = 0;

  constructor(emit: (call: DecodedCall, path: DnsPath) => void) {
    this.#lookups = new DnsLookups({
      nextIndex: () => {
        this.#next += 1;
        return this.#next - 1;
      },
      emit,
      onAddresses: (name, addresses) => {
        for (const address of addresses) this.#remember(address, name);
      },
    });
  }

  get names(): ReadonlyMap<string, string> {
    return this.#names;
  }

  /** False when the datagram is something else. */
  datagram(frame: Frame): boolean {
    const bytes = frame.bytes.subarray(frame.start, frame.end);
    if (!isDnsHeader(bytes) || isForMany(frame.destination)) return false;
    const message = parseDnsMessage(bytes);
    if (message === null) return false;
    if (message.isAnswer) this.#lookups.answer(message, pathOf(frame, true), frame.atUs);
    else this.#lookups.ask(message, pathOf(frame, false), frame.atUs);
    return true;
  }

  /** Only when the whole question is quoted can it be told which it was. */
  unreachable(frame: Frame): void {
    const message = parseDnsMessage(frame.bytes.subarray(frame.start, frame.end));
    if (message === null || message.isAnswer) return;
    const of = { code: frame.unreachableCode, atUs: frame.atUs };
    this.#lookups.unreachable(message, pathOf(frame, false), of);
  }

  advance(atUs: number): void {
    this.#lookups.advance(atUs);
  }

  end(atUs: number): void {
    this.#lookups.end(atUs);
  }

  openCalls(atUs: number): ReturnType<DnsLookups['openCalls']> {
    return this.#lookups.openCalls(atUs);
  }

  #remember(address: string, name: string): void {
    this.#names.delete(address);
    if (this.#names.size >= NAMES_MAX) {
      const [oldest] = this.#names.keys();
      if (oldest !== undefined) this.#names.delete(oldest);
    }
    this.#names.set(address, name);
  }
}

function pathOf(frame: Frame, isAnswer: boolean): DnsPath {
  const source = endpointText(frame.source, frame.sourcePort);
  const destination = endpointText(frame.destination, frame.destinationPort);
  return isAnswer
    ? { client: destination, server: source, clientHost: addressText(frame.destination) }
    : { client: source, server: destination, clientHost: addressText(frame.source) };
}
