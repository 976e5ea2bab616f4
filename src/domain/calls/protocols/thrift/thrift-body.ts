import { invariant } from '../../../errors.ts';
import { Cursor } from '../bytes/cursor.ts';
import { EXCEPTION, REPLY, type Elements, type Field, type Shape, type Wire } from './wires.ts';

/**
 * The struct of a message, walked as it comes: nothing of it is held but where in it we are, so that its end
 * is found even where no frame says it. Keeps what an answer says of itself.
 */

const DEPTH_MAX = 64;
const TEXT_BYTES_MAX = 512;
/** No text or list is longer. */
const LENGTH_MAX = 268_435_456;
const VARINT_BYTES_MAX = 10;
/** Of an exception of Thrift itself. */
const TEXT_FIELD = 1;
const CODE_FIELD = 2;
const TEXT = new TextDecoder();

/** What is to come at one depth: fields, or so many values of one or two kinds in turn. */
interface Level {
  fieldId: number;
  /** Null in a struct. */
  readonly shapes: readonly Shape[] | null;
  left: number;
}

export class ThriftBody {
  /** It ended. */
  isDone = false;
  /** What came is no struct, or a part of it is missing. */
  isBroken = false;
  /** Of a reply the number of its field: 0 is success. Null when it has none, or none was seen. */
  resultId: number | null = null;
  /** What a failure says. */
  text = '';
  /** Of an exception of Thrift itself. */
  code: number | null = null;
  readonly #wire: Wire;
  readonly #kind: number;
  readonly #levels: Level[] = [{ fieldId: 0, shapes: null, left: 0 }];
  /** Bytes of a value that are still to come. */
  #skip = 0;
  #isText = false;

  constructor(wire: Wire, kind: number) {
    this.#wire = wire;
    this.#kind = kind;
  }

  /** Steps over bytes that are lost. False when the place in the struct is lost with them. */
  lose(count: number): boolean {
    this.#isText = false;
    if (count > this.#skip) {
      this.isBroken = true;
      return false;
    }
    this.#skip -= count;
    return true;
  }

  /** Returns how many of the bytes were used; the others are the beginning of something longer. */
  take(bytes: Uint8Array): number {
    let at = 0;
    while (!this.isDone && !this.isBroken) {
      if (this.#skip > 0) at += this.#pass(bytes.subarray(at));
      if (this.#skip > 0 || at === bytes.length) break;
      const used = this.#step(bytes.subarray(at));
      if (used === 0) break;
      at += used;
    }
    return at;
  }

  #pass(bytes: Uint8Array): number {
    const piece = bytes.subarray(0, this.#skip);
    if (this.#isText) this.text += TEXT.decode(piece.subarray(0, TEXT_BYTES_MAX));
    this.#isText &&= this.text.length < TEXT_BYTES_MAX;
    this.#skip -= piece.length;
    return piece.length;
  }

  /** One field or value, with all that says how long it is. Returns 0 when that did not come yet. */
  #step(bytes: Uint8Array): number {
    const level = this.#levels.at(-1);
    invariant(level !== undefined, 'a struct that did not end has no level');
    const cursor = new Cursor(bytes);
    if (level.shapes === null) this.#field(cursor, level);
    else this.#element(cursor, level, level.shapes);
    return cursor.isShort ? 0 : cursor.at;
  }

  #field(cursor: Cursor, level: Level): void {
    const field = this.#wire.field(cursor, level.fieldId);
    if (cursor.isShort) return;
    if (field === null) {
      this.#levels.pop();
      this.#settle();
      return;
    }
    const isResult = this.#kind === REPLY && this.#levels.length === 1;
    if (isResult) this.resultId ??= field.id;
    this.#isText = field.shape === 'text' && this.#wants(field.id);
    if (this.#isCode(field)) this.#readCode(cursor);
    else this.#begin(cursor, field.shape);
    if (!cursor.isShort) level.fieldId = field.id;
  }

  #isCode({ id, shape }: Field): boolean {
    const isNumber = shape === 4 || shape === 'varint';
    return this.#kind === EXCEPTION && this.#levels.length === 1 && id === CODE_FIELD && isNumber;
  }

  #readCode(cursor: Cursor): void {
    const code = this.#wire.number(cursor);
    if (!cursor.isShort) this.code = code;
  }

  /** Of a text field: whether it says what went wrong. */
  #wants(id: number): boolean {
    if (this.text !== '') return false;
    if (this.#kind === EXCEPTION) return this.#levels.length === 1 && id === TEXT_FIELD;
    return this.#levels.length === 2 && this.resultId !== null && this.resultId !== 0;
  }

  #element(cursor: Cursor, level: Level, shapes: readonly Shape[]): void {
    const shape = shapes[level.left % shapes.length];
    level.left -= 1;
    if (!this.#begin(cursor, shape)) level.left += 1;
    else this.#settle();
  }

  /** What says how long a value is. False, and nothing has changed, when that is not there yet. */
  #begin(cursor: Cursor, shape: Shape | undefined): boolean {
    if (shape === undefined) this.isBroken = true;
    else if (typeof shape === 'number') this.#skip = shape;
    else if (shape === 'varint') passVarint(cursor);
    else if (shape === 'text') this.#beginText(cursor);
    else if (shape === 'struct') this.#enter(null, 0);
    else
      this.#beginElements(
        shape === 'list' ? this.#wire.list(cursor) : this.#wire.map(cursor),
        cursor,
      );
    return !cursor.isShort;
  }

  #beginText(cursor: Cursor): void {
    const length = this.#wire.length(cursor);
    if (length < 0 || length > LENGTH_MAX) this.isBroken = true;
    else if (!cursor.isShort) this.#skip = length;
  }

  #beginElements({ types, count }: Elements, cursor: Cursor): void {
    if (cursor.isShort) return;
    const shapes = types.flatMap((type) => this.#wire.shapes.get(type) ?? []);
    if (count < 0 || count > LENGTH_MAX || (count > 0 && shapes.length < types.length)) {
      this.isBroken = true;
      return;
    }
    const bytes = shapes.map((shape) => (typeof shape === 'number' ? shape : NaN));
    const all = count * bytes.reduce((sum, each) => sum + each, 0);
    if (all >= 0) this.#skip = all;
    else this.#enter(shapes, count * shapes.length);
  }

  #enter(shapes: readonly Shape[] | null, left: number): void {
    if (this.#levels.length === DEPTH_MAX) this.isBroken = true;
    else this.#levels.push({ fieldId: 0, shapes, left });
    this.#settle();
  }

  /** Leaves what has no more elements. */
  #settle(): void {
    for (let level = this.#levels.at(-1); level !== undefined; level = this.#levels.at(-1)) {
      if (level.shapes === null || level.left > 0) return;
      this.#levels.pop();
    }
    this.isDone = true;
  }
}

function passVarint(cursor: Cursor): void {
  for (let count = 0; count < VARINT_BYTES_MAX && cursor.uint8() >= 0x80; count += 1);
}
