import type { ConnectionContext, DecodedCall, Decoder, Side } from '../decoder.ts';
import { DialogueDecoder } from '../exchange/dialogue.ts';
import { MqttDialogue } from './mqtt-dialogue.ts';

/** A connection to an MQTT broker. Its end settles messages that nobody answers, and may break a promise. */
export class MqttDecoder implements Decoder {
  readonly #dialogue: MqttDialogue;
  readonly #inner: DialogueDecoder;

  constructor(context: ConnectionContext) {
    this.#dialogue = new MqttDialogue(context);
    this.#inner = new DialogueDecoder(this.#dialogue);
  }

  onClientBytes(bytes: Uint8Array, atUs: number, lostBytes = 0): void {
    this.#inner.onClientBytes(bytes, atUs, lostBytes);
  }

  onServerBytes(bytes: Uint8Array, atUs: number, lostBytes = 0): void {
    this.#inner.onServerBytes(bytes, atUs, lostBytes);
  }

  onClientEnd(atUs: number): void {
    this.#dialogue.clientEnded();
    this.#inner.onClientEnd(atUs);
  }

  onServerEnd(atUs: number): void {
    this.#dialogue.serverEnded(atUs);
    this.#inner.onServerEnd(atUs);
  }

  onReset(side: Side, atUs: number): void {
    if (side === 'client') this.#dialogue.settle();
    else this.#dialogue.serverEnded(atUs);
    this.#inner.onReset(side, atUs);
  }

  onCaptureEnd(atUs: number): void {
    this.#dialogue.settle();
    this.#inner.onCaptureEnd(atUs);
  }

  openCalls(atUs: number): readonly DecodedCall[] {
    return this.#inner.openCalls(atUs);
  }
}
