import { RequestFault } from './problem.ts';

/**
 * Cursors name the last item of a page, not its number, so that pages neither repeat nor skip when
 * items come and go. They are opaque to clients and checked like any input.
 */

export function cursorOf(parts: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(parts), 'utf8').toString('base64url');
}

/** The parts of a cursor of ours, by the types that are expected; anything else is a fault. */
export function partsOf(cursor: string, types: readonly ('string' | 'number')[]): unknown[] {
  const parts = parsed(cursor);
  const isOurs =
    Array.isArray(parts) &&
    parts.length === types.length &&
    types.every((type, index) => typeof parts[index] === type);
  if (!isOurs) throw new RequestFault(400, 'the cursor is not one that this server gave');
  return parts;
}

function parsed(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as unknown;
  } catch {
    return null;
  }
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

/** The first items of `rest`, which begins after the page before. */
export function pageOf<T>(
  rest: readonly T[],
  limit: number,
  cursorAt: (last: T) => string,
): Page<T> {
  const items = rest.slice(0, limit);
  const last = items.at(-1);
  const isLastPage = rest.length <= limit || last === undefined;
  return { items, nextCursor: isLastPage ? null : cursorAt(last) };
}
