import { elementAt } from '../../../must-have.ts';
import { instructionsIn, isField, type FieldInstruction } from './hpack-block.ts';
import { SeenLists, unseenInserts } from './hpack-recovery.ts';
import { STATIC_TABLE, type HeaderField } from './static-table.ts';

/**
 * Header compression of HTTP/2 (RFC 7541), for a listener who may have come late or lost something.
 *
 * Indexes count from the newest entry, so whatever was inserted since can be told for certain. What is
 * older is unknown until a block proves how many entries were inserted unseen; it is never guessed.
 */

const TABLE_BYTES_DEFAULT = 4_096;
/** Larger tables are followed as far as this; older entries are unknown. */
export const TABLE_BYTES_MAX = 65_536;
const ENTRY_OVERHEAD_BYTES = 32;
const ROOM_BYTES_MIN = 2_048;
const UNKNOWN: HeaderField = { name: null, value: null };

export class HeaderDecoder {
  /** Newest last. */
  #table: HeaderField[] = [];
  #tableBytes = 0;
  #capacity = TABLE_BYTES_DEFAULT;
  /** What the table held before something was lost, while nobody knows how much was inserted meanwhile. */
  #older: readonly HeaderField[] = [];
  #olderBytes = 0;
  readonly #lists = new SeenLists();

  /** Something may have been inserted that nobody saw. */
  forget(): void {
    if (this.#older.length === 0) this.#older = this.#table;
    this.#olderBytes += this.#tableBytes;
    this.#table = [];
    this.#tableBytes = 0;
    // From here on it is not known how large the table may be.
    if (this.#older.length === 0) this.#capacity = TABLE_BYTES_MAX;
  }

  /**
   * Null when it is no header block.
   *
   * @param isGrpc - It answers a request of gRPC.
   */
  decode(block: Uint8Array, isGrpc = false): readonly HeaderField[] | null {
    const instructions = instructionsIn(block);
    if (instructions === null) {
      this.forget();
      return null;
    }
    const sizes = instructions.flatMap((each) => (isField(each) ? [] : [each.tableBytes]));
    for (const bytes of sizes) this.#resize(bytes);
    const told = instructions.filter((each) => isField(each));
    if (this.#mayRecover) this.#recover(told, isGrpc);
    const fields = told.map((each) => this.#take(each));
    this.#lists.add(fields);
    return fields;
  }

  /** Nothing that stood in it had to make room, if there was room for much more than a loss can hide. */
  get #mayRecover(): boolean {
    const bytes = this.#olderBytes + this.#tableBytes;
    return this.#older.length > 0 && bytes + ROOM_BYTES_MIN <= this.#capacity;
  }

  /** Entries whose number is not known are not known to be there still. */
  #resize(bytes: number): void {
    this.#dropOlder();
    this.#capacity = Math.min(bytes, TABLE_BYTES_MAX);
    this.#shrinkTo(this.#capacity);
  }

  #recover(block: readonly FieldInstruction[], isGrpc: boolean): void {
    const [newer, lists] = [this.#table, this.#lists];
    const unseen = unseenInserts(block, { older: this.#older, newer }, { lists, isGrpc });
    if (unseen === null) return;
    const hidden = Array.from({ length: unseen }, () => UNKNOWN);
    this.#table = [...this.#older, ...hidden, ...newer];
    this.#tableBytes = this.#table.reduce((sum, field) => sum + sizeOf(field), 0);
    this.#dropOlder();
  }

  #dropOlder(): void {
    this.#older = [];
    this.#olderBytes = 0;
  }

  #take({ index, name, value, isInserted }: FieldInstruction): HeaderField {
    const known = this.#fieldAt(index);
    if (value === null) return known;
    const field = { name: name ?? known.name, value };
    if (isInserted) this.#insert(field);
    return field;
  }

  #fieldAt(index: number): HeaderField {
    if (index <= STATIC_TABLE.length) return STATIC_TABLE[index - 1] ?? UNKNOWN;
    return this.#table[this.#table.length - (index - STATIC_TABLE.length)] ?? UNKNOWN;
  }

  #insert(field: HeaderField): void {
    const bytes = sizeOf(field);
    this.#shrinkTo(Math.max(0, this.#capacity - bytes));
    if (bytes > this.#capacity) {
      this.#dropOlder();
      return;
    }
    this.#table.push(field);
    this.#tableBytes += bytes;
  }

  #shrinkTo(bytes: number): void {
    let dropped = 0;
    while (this.#tableBytes > bytes) {
      this.#tableBytes -= sizeOf(elementAt(this.#table, dropped));
      dropped += 1;
    }
    if (dropped > 0) this.#table.splice(0, dropped);
  }
}

/** What is unknown counts as nothing: what is kept too long is never asked for. */
function sizeOf({ name, value }: HeaderField): number {
  return (name?.length ?? 0) + (value?.length ?? 0) + ENTRY_OVERHEAD_BYTES;
}
