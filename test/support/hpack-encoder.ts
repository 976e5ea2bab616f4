import { STATIC_TABLE } from '../../src/domain/calls/protocols/http2/static-table.ts';
import { indexed, inserted, joinedBytes, plain } from './http2-frames.ts';

/** A peer's side of header compression: what stands in its table is referred to, all else is inserted. */

const OVERHEAD_BYTES = 32;

export type Fields = readonly (readonly [name: string, value: string])[];

export class HeaderEncoder {
  /** Newest first. */
  #table: (readonly [string, string])[] = [];
  readonly #capacity: number;
  readonly #isWrittenOut: (name: string) => boolean;

  /** @param isWrittenOut - Fields that enter no table. */
  constructor(capacity: number, isWrittenOut: (name: string) => boolean = () => false) {
    this.#capacity = capacity;
    this.#isWrittenOut = isWrittenOut;
  }

  encode(fields: Fields): Uint8Array {
    return joinedBytes(...fields.map(([name, value]) => this.#field(name, value)));
  }

  #field(name: string, value: string): Uint8Array {
    const fixed = STATIC_TABLE.findIndex((each) => each.name === name && each.value === value);
    if (fixed >= 0) return indexed(fixed + 1);
    const place = this.#table.findIndex((each) => each[0] === name && each[1] === value);
    if (place >= 0) return indexed(STATIC_TABLE.length + 1 + place);
    if (this.#isWrittenOut(name)) return plain(name, value);
    const named = this.#table.findIndex((each) => each[0] === name);
    const written = inserted(named < 0 ? name : STATIC_TABLE.length + 1 + named, value);
    this.#table.unshift([name, value]);
    while (this.#bytes() > this.#capacity) this.#table.pop();
    return written;
  }

  #bytes(): number {
    return this.#table.reduce(
      (sum, [name, value]) => sum + name.length + value.length + OVERHEAD_BYTES,
      0,
    );
  }
}
