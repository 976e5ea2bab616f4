import type { Ending } from '../protocols/transport.ts';
import type { Span } from './span.ts';

/** What a span says of a call by the semantic conventions, the stable ones and those before them. */

export interface Telling {
  readonly protocol: string;
  readonly operation: string;
  readonly status: number | null;
  readonly ending: Ending;
}

/** Null where a span follows no convention that we know. */
export type Convention = (span: Span, server: string) => Telling | null;
