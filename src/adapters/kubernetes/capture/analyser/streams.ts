import type { Socket } from 'node:net';
import type { Call } from '../../../../domain/calls/call.ts';

/** One connection's bytes in, calls out. */
export interface Stream {
  /** Its sender has said who it is. */
  readonly isKnown: boolean;
  readonly decoding: {
    readonly names: ReadonlyMap<string, string>;
    /** Packets and connections that are known to be missing. */
    readonly dropped: number;
  } | null;
  /** False when these are not the bytes of such a stream. */
  push(bytes: Uint8Array): boolean;
  /** Nothing more will come: tells what is open. */
  end(): void;
  openCalls(atUs: number): readonly Call[];
}

const STREAMS_MAX = 1_024;
const HELLO_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 30_000;

/** The connections of an analyser. Bounded; who says nothing, or nonsense, is sent away. */
export class Streams<Kind extends Stream> {
  readonly #open: (socket: Socket, number: number) => Kind;
  readonly #onEnd: (stream: Kind) => void;
  readonly #sockets = new Map<Kind, Socket>();
  /** Of streams that ended. */
  #droppedBefore = 0;
  #number = 0;

  /** @param open - Makes the stream of a new connection; `number` is no other one's. */
  constructor(open: (socket: Socket, number: number) => Kind, onEnd: (stream: Kind) => void) {
    this.#open = open;
    this.#onEnd = onEnd;
  }

  get all(): readonly (readonly [stream: Kind, socket: Socket])[] {
    return [...this.#sockets];
  }

  get knownCount(): number {
    return this.all.filter(([{ isKnown }]) => isKnown).length;
  }

  get dropped(): number {
    return this.all.reduce(
      (sum, [{ decoding }]) => sum + (decoding?.dropped ?? 0),
      this.#droppedBefore,
    );
  }

  /** Address → name that somebody asked for, of the streams that are there. */
  get names(): readonly (readonly [address: string, name: string])[] {
    return this.all.flatMap(([{ decoding }]) => [...(decoding?.names ?? [])]);
  }

  openCalls(atUs: number): readonly Call[] {
    return this.all.flatMap(([stream]) => stream.openCalls(atUs));
  }

  accept(socket: Socket): void {
    if (this.#sockets.size >= STREAMS_MAX) {
      socket.destroy();
      return;
    }
    this.#number += 1;
    const stream = this.#open(socket, this.#number);
    this.#sockets.set(stream, socket);
    const silence = setTimeout(() => {
      if (!stream.isKnown) socket.destroy();
    }, HELLO_TIMEOUT_MS);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    socket.on('data', (bytes: Buffer) => {
      if (!stream.push(bytes)) socket.destroy();
    });
    // Its end is all that matters, and comes after this.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(silence);
      this.#end(stream);
    });
  }

  /** So that who hears nothing knows that nobody is there. */
  sayAlive(): void {
    for (const [{ isKnown }, socket] of this.all) {
      if (isKnown && socket.writable) socket.write('\n');
    }
  }

  close(): void {
    for (const [, socket] of this.all) socket.destroy();
  }

  #end(stream: Kind): void {
    this.#sockets.delete(stream);
    stream.end();
    this.#droppedBefore += stream.decoding?.dropped ?? 0;
    this.#onEnd(stream);
  }
}
