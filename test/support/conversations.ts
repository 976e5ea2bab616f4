import type {
  DecodedCall,
  Decoder,
  ConnectionContext,
} from '../../src/domain/calls/protocols/decoder.ts';
import { decoderFor } from '../../src/domain/calls/protocols/detect.ts';

/** Conversations on one connection, written down as steps and fed to a decoder. */

export type Step =
  | {
      readonly kind: 'bytes';
      readonly side: 'client' | 'server';
      readonly bytes: Uint8Array;
      readonly atMs: number;
      readonly lost: number;
    }
  | { readonly kind: 'end' | 'reset'; readonly side: 'client' | 'server'; readonly atMs: number };

export const START_US = 1_700_000_000_000_000;

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function client(content: string | Uint8Array, atMs = 0, lost = 0): Step {
  return { kind: 'bytes', side: 'client', bytes: asBytes(content), atMs, lost };
}

export function server(content: string | Uint8Array, atMs = 0, lost = 0): Step {
  return { kind: 'bytes', side: 'server', bytes: asBytes(content), atMs, lost };
}

export function end(side: 'client' | 'server', atMs = 0): Step {
  return { kind: 'end', side, atMs };
}

export function reset(side: 'client' | 'server', atMs = 0): Step {
  return { kind: 'reset', side, atMs };
}

function asBytes(content: string | Uint8Array): Uint8Array {
  return typeof content === 'string' ? bytesOf(content) : content;
}

export interface Recorder {
  readonly calls: DecodedCall[];
  readonly decoder: Decoder;
}

export function recorder(
  make: (context: ConnectionContext) => Decoder = (context) => decoderFor(context),
): Recorder {
  const calls: DecodedCall[] = [];
  let index = 0;
  const decoder = make({
    client: 'checkout',
    server: 'cart',
    startedAtUs: START_US,
    nextIndex: () => {
      index += 1;
      return index - 1;
    },
    emit: (call) => {
      calls.push(call);
    },
  });
  return { calls, decoder };
}

export function play(decoder: Decoder, steps: readonly Step[]): void {
  for (const step of steps) playStep(decoder, step);
}

function playStep(decoder: Decoder, step: Step): void {
  const atUs = START_US + step.atMs * 1000;
  if (step.kind === 'bytes') {
    if (step.side === 'client') decoder.onClientBytes(step.bytes, atUs, step.lost);
    else decoder.onServerBytes(step.bytes, atUs, step.lost);
  } else if (step.kind === 'reset') decoder.onReset(step.side, atUs);
  else if (step.side === 'client') decoder.onClientEnd(atUs);
  else decoder.onServerEnd(atUs);
}

/** The calls of a conversation, in order of their start; the recording ends after the last step. */
export function callsOf(
  steps: readonly Step[],
  make?: (context: ConnectionContext) => Decoder,
): readonly DecodedCall[] {
  const { calls, decoder } = recorder(make);
  play(decoder, steps);
  decoder.onCaptureEnd(START_US + (steps.at(-1)?.atMs ?? 0) * 1000);
  return calls.toSorted((a, b) => a.index - b.index);
}

/** The same conversation in pieces of so many bytes. */
export function inPieces(steps: readonly Step[], size: number): readonly Step[] {
  return steps.flatMap((step) => {
    if (step.kind !== 'bytes' || step.bytes.length === 0) return [step];
    const pieces: Step[] = [];
    for (let at = 0; at < step.bytes.length; at += size) {
      const bytes = step.bytes.subarray(at, at + size);
      pieces.push({ ...step, bytes, lost: at === 0 ? step.lost : 0 });
    }
    return pieces;
  });
}

/** What a reader looks at first, on one line. */
export function brief(call: DecodedCall): string {
  const status = call.status === null ? '' : ` ${call.status}`;
  const why = call.errorType === null ? '' : ` ${call.errorType}`;
  const low = call.confidence === 'low' ? ' low' : '';
  return `${call.operation}${status} ${call.outcome}${why}${low}`;
}
