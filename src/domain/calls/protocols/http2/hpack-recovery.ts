import type { FieldInstruction } from './hpack-block.ts';
import { STATIC_TABLE, type HeaderField } from './static-table.ts';

/**
 * How many entries were inserted into a compression table while nobody saw it.
 *
 * A later block tells it when it refers to fields that stay the same on a connection, whatever is asked and
 * answered: with only one number of unseen entries do all its references fall into a list of fields that
 * was seen before. It is taken for granted that nobody inserts once more what still stands in the table.
 */

/** More entries than any one loss hides. */
const UNSEEN_MAX = 64;
const LISTS_MAX = 64;
const LIST_FIELDS_MAX = 64;

/** Fields that are the same for all calls of most connections; one of them alone is no proof. */
const LASTING = new Set([
  ':authority',
  'accept-encoding',
  'grpc-accept-encoding',
  'grpc-encoding',
  'server',
  'te',
  'user-agent',
]);
/** Every answer of gRPC says this of itself, whatever its outcome. */
const GRPC = 'application/grpc';
const PROOF = 2;

const UNKNOWN: HeaderField = { name: null, value: null };

/** The names of lists of fields that were seen whole. */
export class SeenLists {
  readonly #lists = new Set<string>();

  add(fields: readonly HeaderField[]): void {
    if (fields.length > LIST_FIELDS_MAX || this.#lists.size >= LISTS_MAX) return;
    const list = listOf(fields);
    if (list !== null) this.#lists.add(list);
  }

  holds(fields: readonly HeaderField[]): boolean {
    const list = listOf(fields);
    return list !== null && this.#lists.has(list);
  }
}

/** Null when one of its names is not known. */
function listOf(fields: readonly HeaderField[]): string | null {
  let list = '';
  for (const { name } of fields) {
    if (name === null) return null;
    list += `${name}\n`;
  }
  return list;
}

interface TornTable {
  /** Inserted before what was not seen; newest last. */
  readonly older: readonly HeaderField[];
  /** Inserted since; newest last. */
  readonly newer: readonly HeaderField[];
}

/**
 * Null when the block does not prove any number.
 *
 * @param isGrpc - The block answers a request of gRPC.
 */
export function unseenInserts(
  block: readonly FieldInstruction[],
  table: TornTable,
  { lists, isGrpc }: { readonly lists: SeenLists; readonly isGrpc: boolean },
): number | null {
  if (block.length > LIST_FIELDS_MAX) return null;
  let found: number | null = null;
  for (let unseen = 0; unseen <= UNSEEN_MAX; unseen += 1) {
    const { fields, remembered } = readAs(block, table, unseen);
    if (proofIn(remembered, table, isGrpc) < PROOF || !lists.holds(fields)) continue;
    if (found !== null) return null;
    found = unseen;
  }
  return found;
}

interface Reading {
  readonly fields: readonly HeaderField[];
  /** Whole fields from before what was not seen. */
  readonly remembered: ReadonlySet<HeaderField>;
}

/** The block, if so many entries were inserted unseen. */
function readAs(
  block: readonly FieldInstruction[],
  { older, newer }: TornTable,
  unseen: number,
): Reading {
  const table = [...newer];
  const remembered = new Set<HeaderField>();
  const fields = block.map(({ index, name, value, isInserted }) => {
    const place = index - STATIC_TABLE.length - 1;
    const before = older[older.length - 1 - (place - table.length - unseen)] ?? null;
    const known = fieldAt(place, table) ?? before ?? UNKNOWN;
    if (value === null) {
      if (known === before) remembered.add(known);
      return known;
    }
    const field = { name: name ?? known.name, value };
    if (isInserted) table.push(field);
    return field;
  });
  return { fields, remembered };
}

/** @param place - Counted from the newest entry; below it come the fixed ones. */
function fieldAt(place: number, table: readonly HeaderField[]): HeaderField | undefined {
  return place < 0 ? STATIC_TABLE[STATIC_TABLE.length + place] : table[table.length - 1 - place];
}

/** What stood in the table twice proves nothing. */
function proofIn(
  remembered: ReadonlySet<HeaderField>,
  { older }: TornTable,
  isGrpc: boolean,
): number {
  let proof = 0;
  for (const field of remembered) {
    if (older.filter(({ name }) => name === field.name).length === 1) {
      proof += proofOf(field, isGrpc);
    }
  }
  return proof;
}

function proofOf({ name, value }: HeaderField, isGrpc: boolean): number {
  if (name === 'content-type') return isGrpc && value?.startsWith(GRPC) === true ? PROOF : 0;
  return name !== null && LASTING.has(name) ? 1 : 0;
}
