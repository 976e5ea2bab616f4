import { Cursor } from '../bytes/cursor.ts';
import { elementOf, readDocument, type BsonElement } from './bson.ts';

/** The messages of MongoDB: OP_MSG, and OP_QUERY with OP_REPLY as drivers greet; compressed ones by their head. */

export const HEAD_BYTES = 16;
const MESSAGE_BYTES_MAX = 48_000_000 + HEAD_BYTES;

export const OP_REPLY = 1;
const OP_QUERY = 2004;
const OP_COMPRESSED = 2012;
const OP_MSG = 2013;
const OPCODES = new Set([OP_REPLY, OP_QUERY, OP_COMPRESSED, OP_MSG]);

const MORE_TO_COME = 2;
const FLAGS_KNOWN = 0x00010003;

export interface MongoHead {
  readonly length: number;
  readonly requestId: number;
  readonly responseTo: number;
  readonly opcode: number;
}

/** Null when it is none; of `HEAD_BYTES` at least. */
export function readHead(bytes: Uint8Array): MongoHead | null {
  const cursor = new Cursor(bytes);
  const length = cursor.int32LE();
  const requestId = cursor.int32LE();
  const responseTo = cursor.int32LE();
  const opcode = cursor.int32LE();
  const isOne = length >= HEAD_BYTES + 5 && length <= MESSAGE_BYTES_MAX && OPCODES.has(opcode);
  return isOne ? { length, requestId, responseTo, opcode } : null;
}

export interface MongoBody {
  readonly elements: readonly BsonElement[];
  readonly isWhole: boolean;
  /** The sender wants no answer, or sends more of them. */
  readonly hasMore: boolean;
}

/** Null when there is no document to read. */
export function readBody(bytes: Uint8Array, opcode: number): MongoBody | null {
  const cursor = new Cursor(bytes, HEAD_BYTES);
  const flags = cursor.int32LE();
  if (opcode === OP_MSG) return readSections(bytes, cursor, flags);
  if (opcode === OP_QUERY) {
    cursor.zeroEnded();
    cursor.skip(8);
  } else if (opcode === OP_REPLY) cursor.skip(16);
  else return null;
  return { ...readDocument(bytes, cursor.at), hasMore: false };
}

/** The document is a section of its own, before or behind those that are lists of documents. */
function readSections(bytes: Uint8Array, cursor: Cursor, flags: number): MongoBody | null {
  if ((flags & ~FLAGS_KNOWN) !== 0) return null;
  while (!cursor.isShort && cursor.uint8() === 1) {
    cursor.skip(new Cursor(bytes, cursor.at).int32LE());
  }
  return { ...readDocument(bytes, cursor.at), hasMore: (flags & MORE_TO_COME) !== 0 };
}

const NAME = /^[\w.$-]{1,120}$/u;
const COMMAND = /^[A-Za-z]\w{0,39}$/u;

/** `find orders`, `hello`; never what is looked for. */
export function operationOf(body: MongoBody): string {
  const inner = elementOf(body.elements, '$query') ?? elementOf(body.elements, 'query');
  const [first] = body.elements;
  if (first === undefined || inner === first || !COMMAND.test(first.name)) return 'unknown';
  if (first.name === 'getMore') {
    const collection = elementOf(body.elements, 'collection')?.text ?? '';
    return NAME.test(collection) ? `getMore ${collection}` : 'getMore';
  }
  return NAME.test(first.text) ? `${first.name} ${first.text}` : first.name;
}
