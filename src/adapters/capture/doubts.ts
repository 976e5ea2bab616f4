import type { DecoderCounters } from './capture-decoder.ts';
import type { FormatCounters } from './format/packet.ts';

/** What of a recording could not be used, in words; empty when all could. */
export function doubtsOf(format: FormatCounters, decoding: DecoderCounters): readonly string[] {
  return [
    format.isCut ? 'the file ends in the middle of a packet' : '',
    counted(format.invalidBlocks, 'invalid block', 'in the file'),
    counted(format.droppedByRecorder, 'packet', 'lost by the recorder'),
    counted(decoding.malformed, 'malformed packet', ''),
    counted(decoding.droppedFragments, 'incomplete datagram', ''),
    counted(decoding.lostBytes, 'byte', 'of connections missing'),
    counted(decoding.evicted, 'connection', 'given up: too many at one time'),
  ].filter((text) => text !== '');
}

function counted(count: number, noun: string, rest: string): string {
  if (count === 0) return '';
  return `${count} ${noun}${count === 1 ? '' : 's'} ${rest}`.trimEnd();
}
