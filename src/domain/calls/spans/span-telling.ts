import { databaseTelling } from './database-span.ts';
import { httpTelling } from './http-span.ts';
import { messagingTelling } from './messaging-span.ts';
import { plainEnding } from './plain-ending.ts';
import { rpcTelling } from './rpc-span.ts';
import { textOf, type Span } from './span.ts';
import type { Convention, Telling } from './telling.ts';

/** A client of a database over HTTP follows both, and the wire shows HTTP. */
const CONVENTIONS: readonly Convention[] = [
  rpcTelling,
  httpTelling,
  databaseTelling,
  messagingTelling,
];

/** @param server - Its name, for the reason texts. */
export function tellingOf(span: Span, server: string): Telling {
  for (const convention of CONVENTIONS) {
    const telling = convention(span, server);
    if (telling !== null) return telling;
  }
  const protocol = textOf(span.attributes, 'network.protocol.name', 'net.protocol.name');
  const operation = nameOf(span);
  return {
    protocol: protocol ?? 'unknown',
    operation,
    status: null,
    ending: plainEnding(span, `${operation} of ${server}`),
  };
}

const NAME_LENGTH_MAX = 200;

function nameOf({ name }: Span): string {
  return name === '' ? 'unknown' : name.slice(0, NAME_LENGTH_MAX);
}
