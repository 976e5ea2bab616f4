import { describe, expect, it } from 'vitest';
import {
  FrameReader,
  MORE,
  NONE,
  type Frame,
} from '../../../src/domain/calls/protocols/bytes/frames.ts';
import { bytesOf } from '../../support/conversations.ts';

/** Messages that begin with one digit, their length; kept are five bytes. */
function reader(): { readonly frames: FrameReader; readonly said: string[] } {
  const said: string[] = [];
  const frames = new FrameReader({
    keptMax: 5,
    measure: (bytes) => {
      if (bytes.length < 2) return MORE;
      const length = Number(new TextDecoder().decode(bytes.subarray(0, 1)));
      return length >= 2 ? length : NONE;
    },
    canBegin: (bytes) => bytes[0] === 0x33,
    onFrame: (frame) => said.push(textOf(frame)),
    onTrouble: () => said.push('trouble'),
  });
  return { frames, said };
}

function textOf({ bytes, length }: Frame): string {
  return `${new TextDecoder().decode(bytes)}/${length}`;
}

function cut(...pieces: readonly (string | number)[]): readonly string[] {
  const { frames, said } = reader();
  for (const piece of pieces) {
    if (typeof piece === 'string') frames.push(bytesOf(piece), 0);
    else said.push(frames.lose(piece, 0) ? 'stepped over' : 'lost');
  }
  return said;
}

describe('messages that say their length', () => {
  it.each<readonly [string, readonly (string | number)[], readonly string[]]>([
    ['in one piece', ['3ab4abc'], ['3ab/3', '4abc/4']],
    ['in many', ['3', 'a', 'b4ab', 'c'], ['3ab/3', '4abc/4']],
    ['that end in the first bytes taken', ['3', 'ab4abc'], ['3ab/3', '4abc/4']],
    ['longer than what is kept', ['8abcdefg'], ['8abcd/8']],
    ['longer than what is kept, in pieces', ['8ab', 'cd', 'efg'], ['8abcd/8']],
    ['with a hole', ['8ab', 2, 'efg'], ['8ab/8']],
    ['with a hole at the end', ['8abcd', 3], ['8abcd/8', 'stepped over']],
    ['that were lost', ['8ab', 20, 'xyz', '3ab'], ['lost', 'trouble', '3ab/3']],
    ['that are none', ['xyz3ab', '3ab'], ['trouble', '3ab/3']],
    ['that turn out to be none', ['x', 'yz', '3ab'], ['trouble', '3ab/3']],
    ['of no bytes', ['', '8', Infinity, '', '3ab'], ['lost', '3ab/3']],
  ])('%s', (_, pieces, expected) => {
    expect(cut(...pieces).filter((each) => each !== 'stepped over')).toEqual(
      expected.filter((each) => each !== 'stepped over'),
    );
  });

  it('tell how much of one has come', () => {
    const { frames } = reader();
    expect(frames.partial).toBeNull();
    frames.push(bytesOf('8'), 0);
    expect(frames.partial).toEqual({ got: 1, whole: null });
    frames.push(bytesOf('ab'), 0);
    expect(frames.partial).toEqual({ got: 3, whole: 8 });
  });
});
