import type { ConnectionContext, DecodedCall, Decoder, Detector, Side } from './decoder.ts';
import { DETECTORS } from './detectors.ts';
import { OpaqueDecoder } from './opaque.ts';
import { bytesLost } from './transport.ts';

/**
 * Which protocol a connection speaks, by its first bytes and never by its port.
 *
 * The first of `DETECTORS` that says `yes` wins. While all that have not said `no` say `maybe`, events
 * are kept, up to a limit, and replayed to the winner.
 */

/** Bytes kept per connection while its protocol is not known, both directions together. */
export const UNDECIDED_BYTES_MAX = 4_096;
const UNDECIDED_EVENTS_MAX = 256;
/** Bytes after a loss among which the beginning of a known protocol is looked for. */
const SEARCHED_BYTES_MAX = 4_194_304;
/** First bytes of each direction that detectors see. */
const PREFIX_BYTES_MAX = 512;

/** A decoder for a connection whose protocol is not known yet. */
export function decoderFor(
  context: ConnectionContext,
  detectors: readonly Detector[] = DETECTORS,
): Decoder {
  return new DetectingDecoder(context, detectors);
}

const NOTHING = new Uint8Array(0);

interface Kept {
  readonly side: Side;
  readonly bytes: Uint8Array;
  readonly atUs: number;
  readonly lostBytes: number;
}

class DetectingDecoder implements Decoder {
  readonly #context: ConnectionContext;
  #candidates: readonly Detector[];
  #kept: Kept[] = [];
  #keptBytes = 0;
  /** Bytes were lost before the decision, as on a connection that began before its recording. */
  #search: { readonly opaque: Decoder; bytes: number } | null = null;
  #decided: Decoder | null = null;

  constructor(context: ConnectionContext, detectors: readonly Detector[]) {
    this.#context = context;
    this.#candidates = detectors;
  }

  onClientBytes(bytes: Uint8Array, atUs: number, lostBytes = 0): void {
    if (this.#decided === null) this.#consider({ side: 'client', bytes, atUs, lostBytes });
    else this.#decided.onClientBytes(bytes, atUs, lostBytes);
  }

  onServerBytes(bytes: Uint8Array, atUs: number, lostBytes = 0): void {
    if (this.#decided === null) this.#consider({ side: 'server', bytes, atUs, lostBytes });
    else this.#decided.onServerBytes(bytes, atUs, lostBytes);
  }

  onClientEnd(atUs: number): void {
    this.#decide().onClientEnd(atUs);
  }

  onServerEnd(atUs: number): void {
    this.#decide().onServerEnd(atUs);
  }

  onReset(side: Side, atUs: number): void {
    this.#decide().onReset(side, atUs);
  }

  onCaptureEnd(atUs: number): void {
    this.#decide().onCaptureEnd(atUs);
  }

  openCalls(atUs: number): readonly DecodedCall[] {
    return this.#decided?.openCalls(atUs) ?? [];
  }

  /** After a loss any piece may begin a message; what came before it can only be counted. */
  #consider(event: Kept): void {
    if (event.lostBytes > 0 && this.#search === null) {
      this.#search = { opaque: new OpaqueDecoder(unseen(this.#context)), bytes: 0 };
      for (const kept of this.#kept.splice(0)) feed(this.#search.opaque, kept);
    }
    if (this.#search === null) this.#considerFirst(event);
    else this.#searchIn(event, this.#search);
  }

  #searchIn(event: Kept, search: { readonly opaque: Decoder; bytes: number }): void {
    const prefix = event.bytes.subarray(0, PREFIX_BYTES_MAX);
    const found = this.#candidates.find((detector) =>
      event.side === 'client'
        ? detector.detect(prefix, NOTHING) === 'yes'
        : detector.detect(NOTHING, prefix) === 'yes',
    );
    if (found !== undefined) {
      this.#decided = found.create(this.#context);
      feed(this.#decided, { ...event, lostBytes: Infinity });
      return;
    }
    feed(search.opaque, event);
    search.bytes += event.bytes.length;
    if (search.bytes > SEARCHED_BYTES_MAX) this.#decided = search.opaque;
  }

  #considerFirst(event: Kept): void {
    if (event.bytes.length === 0) return;
    this.#kept.push(event);
    const client = this.#prefix('client');
    const server = this.#prefix('server');
    const left: Detector[] = [];
    for (const detector of this.#candidates) {
      const detection = detector.detect(client, server);
      if (detection === 'yes' && left.length === 0) {
        this.#decide(detector);
        return;
      }
      if (detection !== 'no') left.push(detector);
    }
    this.#candidates = left;
    this.#keptBytes += event.bytes.length;
    const isEnough =
      this.#keptBytes > UNDECIDED_BYTES_MAX || this.#kept.length >= UNDECIDED_EVENTS_MAX;
    if (left.length === 0 || isEnough) this.#decide();
    else this.#kept[this.#kept.length - 1] = { ...event, bytes: event.bytes.slice() };
  }

  #prefix(side: Side): Uint8Array {
    const pieces = this.#kept.filter((kept) => kept.side === side).map((kept) => kept.bytes);
    const [only] = pieces;
    if (only !== undefined && pieces.length === 1) return only.subarray(0, PREFIX_BYTES_MAX);
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    const prefix = new Uint8Array(Math.min(length, PREFIX_BYTES_MAX));
    let at = 0;
    for (const piece of pieces) {
      const part = piece.subarray(0, prefix.length - at);
      prefix.set(part, at);
      at += part.length;
    }
    return prefix;
  }

  #decide(detector: Detector | null = null): Decoder {
    if (this.#decided !== null) return this.#decided;
    const decoder =
      detector?.create(this.#context) ?? this.#search?.opaque ?? new OpaqueDecoder(this.#context);
    this.#decided = decoder;
    for (const kept of this.#kept.splice(0)) feed(decoder, kept);
    return decoder;
  }
}

/** Of what was lost with the beginning nobody knows whether it was a request or a failure. */
function unseen(context: ConnectionContext): ConnectionContext {
  return {
    client: context.client,
    server: context.server,
    startedAtUs: context.startedAtUs,
    nextIndex: () => context.nextIndex(),
    emit: (call) => context.emit({ ...call, ...bytesLost(), confidence: 'low' }),
  };
}

function feed(decoder: Decoder, { side, bytes, atUs, lostBytes }: Kept): void {
  if (side === 'client') decoder.onClientBytes(bytes, atUs, lostBytes);
  else decoder.onServerBytes(bytes, atUs, lostBytes);
}
