import type { Row } from './connection.ts';
import { invariant } from '../../domain/errors.ts';

/** Columns of a row by their type. Another type than the schema promises is a bug of ours. */

export function text(row: Row, column: string): string {
  const value = row[column];
  invariant(typeof value === 'string', `column "${column}" holds no text`);
  return value;
}

export function textOrNull(row: Row, column: string): string | null {
  return row[column] === null ? null : text(row, column);
}

export function integer(row: Row, column: string): number {
  const value = row[column];
  invariant(typeof value === 'number', `column "${column}" holds no integer`);
  return value;
}

export function bytes(row: Row, column: string): Uint8Array {
  const value = row[column];
  invariant(value instanceof Uint8Array, `column "${column}" holds no bytes`);
  return value;
}
