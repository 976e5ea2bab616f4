/** What is left of a value that some serialization of Java wrote: enough to find texts by their name. */
export interface Value {
  readonly text: string | null;
  readonly number: number | null;
  /** Of objects the class; empty when it is not said. */
  readonly type: string;
  /** Fields of objects and entries of maps; what a list holds is not kept. */
  readonly fields: ReadonlyMap<string, Value>;
}

const NO_FIELDS: ReadonlyMap<string, Value> = new Map();

export const NOTHING_TO_TELL: Value = { text: null, number: null, type: '', fields: NO_FIELDS };

export function textValue(text: string): Value {
  return { text, number: null, type: '', fields: NO_FIELDS };
}

export function numberValue(number: number): Value {
  return { text: null, number, type: '', fields: NO_FIELDS };
}

export function objectValue(type: string, fields: ReadonlyMap<string, Value>): Value {
  return { text: null, number: null, type, fields };
}

/** One value after another. Never throws; beyond the end, and after nonsense, `isShort` says so. */
export interface ValueReader {
  readonly isShort: boolean;
  next(): Value;
}
