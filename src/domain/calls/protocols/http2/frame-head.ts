import { byteAt, uint32At } from '../byte-at.ts';

/** The nine bytes before each frame (RFC 9113, section 4.1), and whether bytes can be such. */

export const DATA = 0;
export const HEADERS = 1;
export const RST_STREAM = 3;
const SETTINGS = 4;
export const PUSH_PROMISE = 5;
export const GOAWAY = 7;
export const CONTINUATION = 9;

export const END_STREAM = 0x1;
export const END_HEADERS = 0x4;
export const PADDED = 0x8;
export const PRIORITY = 0x20;

export const HEAD_BYTES = 9;
/** What the client says first when it does not ask for an upgrade. */
export const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

/** Frames longer than this are not believed where the beginning of a frame has to be found. */
const SEARCHED_LENGTH_MAX = 1_048_576;

export interface FrameHead {
  readonly length: number;
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
}

/** Of bytes that hold a whole head at that place. */
export function frameHeadAt(bytes: Uint8Array, at: number): FrameHead {
  return {
    length: (byteAt(bytes, at) << 16) | (byteAt(bytes, at + 1) << 8) | byteAt(bytes, at + 2),
    type: byteAt(bytes, at + 3),
    flags: byteAt(bytes, at + 4),
    streamId: uint31At(bytes, at + 5),
  };
}

/** A stream's number, without the bit that has no meaning. */
export function uint31At(bytes: Uint8Array, at: number): number {
  return uint32At(bytes, at) & 0x7fff_ffff;
}

interface Rule {
  readonly stream: 'one' | 'connection' | 'any';
  readonly flags: number;
  fits(length: number): boolean;
}

const RULES: readonly Rule[] = [
  { stream: 'one', flags: 0x09, fits: () => true },
  { stream: 'one', flags: 0x2d, fits: (length) => length > 0 },
  { stream: 'one', flags: 0, fits: (length) => length === 5 },
  { stream: 'one', flags: 0, fits: (length) => length === 4 },
  { stream: 'connection', flags: 0x01, fits: (length) => length % 6 === 0 },
  { stream: 'one', flags: 0x0c, fits: (length) => length >= 4 },
  { stream: 'connection', flags: 0x01, fits: (length) => length === 8 },
  { stream: 'connection', flags: 0, fits: (length) => length >= 8 },
  { stream: 'any', flags: 0, fits: (length) => length === 4 },
  { stream: 'one', flags: 0x04, fits: () => true },
];

/** Whether a peer that keeps to the protocol may have sent it; unknown types are allowed. */
export function isLegal({ type, length, streamId }: FrameHead): boolean {
  const rule = RULES[type];
  if (rule === undefined) return true;
  const isStreamRight = rule.stream === 'any' || (rule.stream === 'one') === streamId > 0;
  return isStreamRight && rule.fits(length);
}

/** Whether a frame holds a piece of a header block. */
export function holdsFields({ type }: FrameHead): boolean {
  return type === HEADERS || type === PUSH_PROMISE || type === CONTINUATION;
}

/** Whether bytes at that place look so much like a frame that it cannot well be anything else. */
function isBelieved(bytes: Uint8Array, at: number): boolean {
  const head = frameHeadAt(bytes, at);
  const rule = RULES[head.type];
  if (rule === undefined || !isLegal(head)) return false;
  const isOfClient = head.streamId === 0 || head.streamId % 2 === 1;
  return (
    (head.flags & ~rule.flags) === 0 &&
    head.length <= SEARCHED_LENGTH_MAX &&
    isOfClient &&
    byteAt(bytes, at + 5) === 0
  );
}

/** Frames from there on: the next one is there too, or the bytes end with this one. */
function beginsFrames(bytes: Uint8Array, from: number): boolean {
  if (!isBelieved(bytes, from)) return false;
  const next = from + HEAD_BYTES + frameHeadAt(bytes, from).length;
  if (next === bytes.length) return true;
  return next + HEAD_BYTES <= bytes.length && isBelieved(bytes, next);
}

/** Where the first frame begins, or -1. */
export function findFrame(bytes: Uint8Array): number {
  for (let at = 0; at + HEAD_BYTES <= bytes.length; at += 1) {
    if (beginsFrames(bytes, at)) return at;
  }
  return -1;
}

/** What a server says first. */
export function beginsWithSettings(bytes: Uint8Array): boolean {
  return bytes[3] === SETTINGS && bytes.length >= HEAD_BYTES && isBelieved(bytes, 0);
}
