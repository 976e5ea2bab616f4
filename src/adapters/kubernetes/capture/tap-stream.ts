import type { Call } from '../../../domain/calls/call.ts';
import { isFailed } from '../../../domain/calls/outcomes.ts';
import { HELLO_BYTES_MAX } from './agreement.ts';
import { hostOf, portOf } from './endpoint.ts';
import { parseHello, type Hello } from './hello.ts';
import { isAnswer } from './proofs.ts';

/** The packets of one pod: bytes of a connection in, calls out, seen from that pod. */

export interface PacketDecoding {
  /** @throws {OperationError} `CAPTURE_INVALID` when these are no packets. */
  push(bytes: Uint8Array): void;
  /** Nothing more will come: tells what is open. */
  end(): void;
  /** What is open, as it would be told if the recording ended then. */
  openCalls(atUs: number): readonly Call[];
  /** Address → name that somebody asked DNS for. */
  readonly names: ReadonlyMap<string, string>;
  /** Packets and connections that are known to be missing. */
  readonly dropped: number;
}

export type OpenDecoding = (options: {
  readonly idPrefix: string;
  readonly onCall: (call: Call) => void;
}) => PacketDecoding;

interface StreamHost {
  readonly openDecoding: OpenDecoding;
  /** Who said hello. */
  readonly onHello: (hello: Hello) => void;
  readonly onCall: (call: Call) => void;
  /** Somebody answers a question; such a connection is no stream. */
  readonly onAnswer: (line: string) => void;
  /** Whether a connection was made to find out whether there can be one. */
  readonly isProof: (port: number, startedAtUs: number) => boolean;
  /** Whether an address is that of a pod of the environment. */
  readonly isPod: (address: string) => boolean;
}

const NEWLINE = 0x0a;

export class TapStream {
  readonly #host: StreamHost;
  readonly #number: number;
  #line: Uint8Array = new Uint8Array(0);
  #hello: Hello | null = null;
  #decoding: PacketDecoding | null = null;

  constructor(host: StreamHost, number: number) {
    this.#host = host;
    this.#number = number;
  }

  get hello(): Hello | null {
    return this.#hello;
  }

  get decoding(): PacketDecoding | null {
    return this.#decoding;
  }

  /** False when this is not the stream of a tap. */
  push(bytes: Uint8Array): boolean {
    if (this.#decoding !== null) return this.#decode(this.#decoding, bytes);
    const line = Buffer.concat([this.#line, bytes]);
    const end = line.indexOf(NEWLINE);
    if (end === -1) {
      this.#line = line;
      return line.length <= HELLO_BYTES_MAX;
    }
    const text = line.subarray(0, end).toString();
    if (isAnswer(text)) this.#host.onAnswer(text);
    const hello = parseHello(text);
    if (hello === null) return false;
    this.#line = new Uint8Array(0);
    this.#hello = hello;
    this.#host.onHello(hello);
    this.#decoding = this.#host.openDecoding({
      idPrefix: `${hello.component}-${this.#number}-`,
      onCall: (call) => this.#tell(call),
    });
    return this.#decode(this.#decoding, line.subarray(end + 1));
  }

  end(): void {
    this.#decoding?.end();
  }

  openCalls(atUs: number): readonly Call[] {
    return (this.#decoding?.openCalls(atUs) ?? []).flatMap((call) => this.#seen(call) ?? []);
  }

  #decode(decoding: PacketDecoding, bytes: Uint8Array): boolean {
    if (bytes.length === 0) return true;
    try {
      decoding.push(bytes);
      return true;
    } catch {
      return false;
    }
  }

  #tell(call: Call): void {
    const seen = this.#seen(call);
    if (seen !== null) this.#host.onCall(seen);
  }

  /**
   * Null for what is nobody's call: answered questions for names, what the kubelet asks, and what the
   * containers of a pod say to each other, as long as they understand each other; and what its tap tried.
   */
  #seen(call: Call): Call | null {
    const hello = this.#hello;
    if (hello === null || (call.protocol === 'dns' && call.outcome === 'ok')) return null;
    const isClient = isOwn(hello, call.client);
    const isServer = isOwn(hello, call.server);
    if (isClient && isServer) return isFailed(call) ? withinPod(hello, call) : null;
    if (isServer ? this.#isProbe(hello, call) : this.#isProof(call)) return null;
    return { ...call, side: isClient ? 'client' : 'server' };
  }

  #isProof({ protocol, firstByteAtUs, server, startedAtUs }: Call): boolean {
    if (protocol !== 'tcp' || firstByteAtUs !== null) return false;
    return this.#host.isProof(portOf(server), startedAtUs);
  }

  #isProbe({ probes }: Hello, { client, protocol, operation }: Call): boolean {
    if (this.#host.isPod(hostOf(client))) return false;
    if (protocol === 'tcp') return true;
    return probes.some((path) => operation === `GET ${path.split('?')[0]}`);
  }
}

function isOwn({ addresses }: Hello, endpoint: string): boolean {
  const host = hostOf(endpoint);
  return addresses.includes(host) || isLoopback(host);
}

/** Loopback is an address of every pod; this one's own says which. */
function withinPod({ addresses: [address = ''] }: Hello, call: Call): Call {
  const placed = (endpoint: string): string =>
    isLoopback(hostOf(endpoint)) ? `${address}:${endpoint.split(':').at(-1)}` : endpoint;
  return { ...call, client: placed(call.client), server: placed(call.server), side: 'both' };
}

function isLoopback(host: string): boolean {
  return host.startsWith('127.') || host === '::1';
}
