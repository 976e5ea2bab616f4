import type { StreamReader } from '../bytes/reader.ts';
import type { DecodedCall, Decoder, Side } from '../decoder.ts';
import type { OpenCalls } from './open-calls.ts';

/** What a protocol of requests and answers brings: a reader for each side, its calls, what a loss means. */
export interface Dialogue {
  readonly calls: OpenCalls;
  readonly readers: Readonly<Record<Side, StreamReader>>;
  /** Messages of that side may have been lost. */
  onLost(side: Side, atUs: number): void;
  /** Bytes were lost, perhaps only inside a message: then it seems complete later than it was. */
  onGap?(side: Side, atUs: number): void;
}

/** The events of a connection for such a protocol. */
export class DialogueDecoder implements Decoder {
  readonly #dialogue: Dialogue;
  #isFinished = false;

  constructor(dialogue: Dialogue) {
    this.#dialogue = dialogue;
  }

  onClientBytes(bytes: Uint8Array, atUs: number, lostBytes = 0): void {
    this.#take('client', bytes, atUs, lostBytes);
  }

  onServerBytes(bytes: Uint8Array, atUs: number, lostBytes = 0): void {
    this.#take('server', bytes, atUs, lostBytes);
  }

  onClientEnd(atUs: number): void {
    if (!this.#isFinished) this.#dialogue.calls.clientEnded(atUs);
  }

  onServerEnd(atUs: number): void {
    if (this.#isFinished) return;
    this.#dialogue.calls.serverEnded(this.#dialogue.readers.server.partial, atUs);
  }

  onReset(side: Side, atUs: number): void {
    if (this.#isFinished) return;
    this.#isFinished = true;
    const { calls, readers } = this.#dialogue;
    if (side === 'client') calls.clientReset(atUs);
    else calls.serverReset(readers.server.partial, atUs);
  }

  onCaptureEnd(atUs: number): void {
    if (this.#isFinished) return;
    this.#isFinished = true;
    this.#dialogue.calls.captureEnded(this.#dialogue.readers.server.partial, atUs);
  }

  openCalls(atUs: number): readonly DecodedCall[] {
    if (this.#isFinished) return [];
    return this.#dialogue.calls.open(this.#dialogue.readers.server.partial, atUs);
  }

  #take(side: Side, bytes: Uint8Array, atUs: number, lostBytes: number): void {
    if (this.#isFinished) return;
    const reader = this.#dialogue.readers[side];
    if (lostBytes > 0) {
      this.#dialogue.calls.lose();
      this.#dialogue.onGap?.(side, atUs);
      if (!reader.lose(lostBytes, atUs)) this.#dialogue.onLost(side, atUs);
    }
    reader.push(bytes, atUs);
  }
}
