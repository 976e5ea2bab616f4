import type { DecodedCall, Decoder } from '../../../src/domain/calls/protocols/decoder.ts';
import { START_US } from '../conversations.ts';
import type { Random } from '../random.ts';

/** Ends a connection in one of its ways, or only its recording. What was open right before that end was seen. */
export function ended(decoder: Decoder, random: Random): readonly DecodedCall[] {
  const atUs = START_US + 9e6;
  const last = random.below(5);
  if (last === 0) decoder.onReset('server', atUs);
  if (last === 1) decoder.onReset('client', atUs);
  if (last === 2) decoder.onServerEnd(atUs);
  if (last === 3) decoder.onClientEnd(atUs);
  const open = decoder.openCalls(atUs);
  decoder.onCaptureEnd(atUs);
  return open;
}
