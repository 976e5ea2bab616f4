import type { Cursor } from '../bytes/cursor.ts';

/** Where in an answer of Kafka its error codes are: layouts by version, and how they are walked. */

export type Field =
  | { readonly kind: 'fixed'; readonly bytes: number; readonly versions: Versions }
  | { readonly kind: 'numbers'; readonly bytes: number; readonly versions: Versions }
  | { readonly kind: 'error' | 'text' | 'message' | 'bytes'; readonly versions: Versions }
  | { readonly kind: 'list'; readonly of: readonly Field[]; readonly versions: Versions };

/** First and last version that have the field. */
export type Versions = readonly [from: number, to: number];

const ALL: Versions = [0, 99];

export function since(from: number, to = 99): Versions {
  return [from, to];
}

export function fixed(bytes: number, versions = ALL): Field {
  return { kind: 'fixed', bytes, versions };
}

/** A list of numbers of so many bytes; unlike other lists it has no tags. */
export function numbers(bytes: number, versions = ALL): Field {
  return { kind: 'numbers', bytes, versions };
}

export function errorCode(versions = ALL): Field {
  return { kind: 'error', versions };
}

export function text(versions = ALL): Field {
  return { kind: 'text', versions };
}

export function message(versions = ALL): Field {
  return { kind: 'message', versions };
}

export function blob(versions = ALL): Field {
  return { kind: 'bytes', versions };
}

export function list(of: readonly Field[], versions = ALL): Field {
  return { kind: 'list', of, versions };
}

/** The first error code that is none of success, and the text nearest behind it. */
export interface Found {
  code: number;
  message: string;
}

const LIST_LENGTH_MAX = 1_000_000;

/** Reads texts, lists and tags as the version writes them. */
export class KafkaFields {
  readonly cursor: Cursor;
  readonly isFlexible: boolean;

  constructor(cursor: Cursor, isFlexible: boolean) {
    this.cursor = cursor;
    this.isFlexible = isFlexible;
  }

  /** Empty for null. */
  text(): string {
    const length = this.isFlexible ? this.cursor.varint() - 1 : this.cursor.int16();
    return length <= 0 ? '' : this.cursor.text(length);
  }

  /** Zero for null. */
  count(): number {
    const count = this.isFlexible ? this.cursor.varint() - 1 : this.cursor.int32();
    return count < 0 ? 0 : count;
  }

  tags(): void {
    if (!this.isFlexible) return;
    const count = this.cursor.varint();
    for (let tag = 0; tag < count && !this.cursor.isShort; tag += 1) {
      this.cursor.varint();
      this.cursor.skip(this.cursor.varint());
    }
  }

  walk(fields: readonly Field[], version: number, found: Found): void {
    for (const field of fields) {
      if (this.cursor.isShort) return;
      const [from, to] = field.versions;
      if (version >= from && version <= to) this.#read(field, version, found);
    }
    this.tags();
  }

  #read(field: Field, version: number, found: Found): void {
    if (field.kind === 'fixed') this.cursor.skip(field.bytes);
    else if (field.kind === 'numbers') this.cursor.skip(this.count() * field.bytes);
    else if (field.kind === 'error') this.#readError(found);
    else if (field.kind === 'text') this.text();
    else if (field.kind === 'message') this.#readMessage(found);
    else if (field.kind === 'list') this.#readList(field.of, version, found);
    else this.cursor.skip(this.count());
  }

  #readError(found: Found): void {
    const code = this.cursor.int16();
    if (found.code === 0) found.code = code;
  }

  #readMessage(found: Found): void {
    const said = this.text();
    if (found.code !== 0 && found.message === '') found.message = said;
  }

  #readList(of: readonly Field[], version: number, found: Found): void {
    const count = this.count();
    if (count > LIST_LENGTH_MAX) this.cursor.isShort = true;
    for (let place = 0; place < count && !this.cursor.isShort; place += 1) {
      this.walk(of, version, found);
    }
  }
}
