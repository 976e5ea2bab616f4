import { uint32At } from '../byte-at.ts';
import type { ConnectionContext, DecodedCall, Decoder, Side } from '../decoder.ts';
import { opaqueFrom, type HandOver } from '../handing-over.ts';
import type { Exchange } from '../http1-exchange.ts';
import { notFollowed } from '../transport.ts';
import {
  END_STREAM,
  GOAWAY,
  holdsFields,
  PREFACE,
  RST_STREAM,
  uint31At,
  type FrameHead,
} from './frame-head.ts';
import { FrameReader, type FrameHandler } from './frame-reader.ts';
import { HeaderBlocks } from './header-blocks.ts';
import { Streams } from './streams.ts';

/**
 * HTTP/2 of one connection, and gRPC on it: frames to header lists to streams, each told as a call.
 *
 * Kept in memory: the open streams, one incomplete frame and header block per direction, two
 * compression tables. What is not HTTP/2 turns the connection opaque.
 */

const MALFORMED = notFollowed('http.malformed', 'bytes that are not HTTP/2');
const GOAWAY_TEXT_AT = 8;

export class Http2Decoder implements Decoder {
  readonly #context: ConnectionContext;
  readonly #handOver: HandOver;
  readonly #streams: Streams;
  readonly #requests: FrameReader;
  readonly #responses: FrameReader;
  /** How much of the client's preface has come; null when it is over or was not seen. */
  #prefaceBytes: number | null = 0;

  /** @param upgraded - A request that HTTP/1 began, and that is answered here. */
  constructor(context: ConnectionContext, handOver: HandOver, upgraded: Exchange | null = null) {
    this.#context = context;
    this.#handOver = handOver;
    this.#streams = new Streams(context);
    if (upgraded !== null) this.#streams.adopt(upgraded);
    this.#requests = new FrameReader(this.#requestHandler());
    this.#responses = new FrameReader(this.#responseHandler());
  }

  onClientBytes(bytes: Uint8Array, atUs: number, lostBytes = 0): void {
    if (lostBytes > 0) {
      this.#prefaceBytes = null;
      this.#requests.lose(lostBytes, atUs);
    }
    this.#requests.push(bytes.subarray(this.#skipPreface(bytes)), atUs);
  }

  onServerBytes(bytes: Uint8Array, atUs: number, lostBytes = 0): void {
    if (lostBytes > 0) this.#responses.lose(lostBytes, atUs);
    this.#responses.push(bytes, atUs);
  }

  onClientEnd(atUs: number): void {
    this.#streams.clientEnded(atUs);
  }

  onServerEnd(atUs: number): void {
    this.#streams.serverEnded(atUs);
  }

  onReset(side: Side, atUs: number): void {
    this.#streams.reset(side, atUs);
  }

  onCaptureEnd(atUs: number): void {
    this.#streams.captureEnded(atUs);
  }

  openCalls(atUs: number): readonly DecodedCall[] {
    return this.#streams.openCalls(atUs);
  }

  #requestHandler(): FrameHandler {
    const blocks = new HeaderBlocks(
      (list) => this.#streams.requested(list),
      () => false,
    );
    return {
      onFrame: (head, payload, times) => {
        if (holdsFields(head)) blocks.take(head, payload, times);
        else if (head.type === RST_STREAM) this.#streams.resetByClient(head.streamId, times.atUs);
      },
      onData: ignore,
      onDataEnd: ignore,
      onBroken: (head, atUs) => {
        if (holdsFields(head)) blocks.lose(head, atUs);
      },
      onGap: () => {
        blocks.forget();
        this.#streams.requestsLost();
      },
      onMalformed: (bytes, atUs) => this.#leave('client', bytes, atUs),
    };
  }

  #responseHandler(): FrameHandler {
    const blocks = new HeaderBlocks(
      (list) => this.#streams.answered(list),
      (streamId) => this.#streams.isGrpc(streamId),
    );
    return {
      onFrame: (head, payload, times) => {
        if (holdsFields(head)) blocks.take(head, payload, times);
        else this.#takeControl(head, payload, times.atUs);
      },
      onData: (head, content) => this.#streams.body(head.streamId, content),
      onDataEnd: (head, atUs) => {
        if ((head.flags & END_STREAM) !== 0) this.#streams.bodyEnded(head.streamId, atUs);
      },
      onBroken: (head, atUs) => {
        if (holdsFields(head)) blocks.lose(head, atUs);
      },
      onGap: () => {
        blocks.forget();
        this.#streams.answersLost();
      },
      onMalformed: (bytes, atUs) => this.#leave('server', bytes, atUs),
    };
  }

  #takeControl(head: FrameHead, payload: Uint8Array, atUs: number): void {
    if (head.type === RST_STREAM) {
      this.#streams.resetByServer(head.streamId, uint32At(payload, 0), atUs);
    } else if (head.type === GOAWAY) {
      const text = new TextDecoder().decode(payload.subarray(GOAWAY_TEXT_AT));
      this.#streams.serverGoesAway(uint31At(payload, 0), uint32At(payload, 4), text, atUs);
    }
  }

  /** How many of these bytes belong to the preface, which may also be missing. */
  #skipPreface(bytes: Uint8Array): number {
    let at = 0;
    while (this.#prefaceBytes !== null && at < bytes.length) {
      if (bytes[at] !== PREFACE.charCodeAt(this.#prefaceBytes)) {
        this.#prefaceBytes = null;
        return at;
      }
      at += 1;
      this.#prefaceBytes += 1;
      if (this.#prefaceBytes === PREFACE.length) this.#prefaceBytes = null;
    }
    return at;
  }

  #leave(side: Side, bytes: Uint8Array, atUs: number): void {
    this.#requests.stop();
    this.#responses.stop();
    this.#streams.failAll(MALFORMED, atUs);
    const opaque = opaqueFrom(this.#context, atUs);
    this.#handOver(opaque);
    if (side === 'client') opaque.onClientBytes(bytes, atUs);
    else opaque.onServerBytes(bytes, atUs);
  }
}

function ignore(): void {
  // The bodies of requests are not kept.
}
