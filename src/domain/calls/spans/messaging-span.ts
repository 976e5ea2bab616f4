import { plainEnding } from './plain-ending.ts';
import { textOf, type Span } from './span.ts';
import type { Convention } from './telling.ts';

/** Messaging: `messaging.operation.type`, before 1.27 `messaging.operation`. */
export const messagingTelling: Convention = (span, server) => {
  const system = textOf(span.attributes, 'messaging.system');
  if (system === null) return null;
  const operation = isProcessing(span)
    ? named(PROCESSING, span)
    : named(verbOf(span, system), span);
  return {
    protocol: PROTOCOLS[system] ?? system,
    operation,
    status: null,
    ending: plainEnding(span, `${operation} of ${server}`),
  };
};

const PROTOCOLS: Readonly<Record<string, string>> = { rabbitmq: 'amqp' };
const PROCESSING = 'process';

/** What a consumer does with a message that it got: no call of it to the broker. */
export function isProcessing({ kind, attributes }: Span): boolean {
  const type = typeOf(attributes);
  return kind === 'consumer' && type !== 'receive' && type !== 'poll';
}

/** The same in a call, which knows no kinds. */
export function isProcessingCall({ operation }: { readonly operation: string }): boolean {
  return operation === PROCESSING || operation.startsWith(`${PROCESSING} `);
}

/** As the wire calls it, so that both agree. */
function verbOf(span: Span, system: string): string {
  const type = typeOf(span.attributes) ?? '';
  const isSending = span.kind === 'producer' || /^(?:send|publish|create)$/u.test(type);
  if (system === 'kafka') return isSending ? 'Produce' : 'Fetch';
  if (system === 'rabbitmq') return isSending ? 'basic.publish' : 'basic.get';
  return isSending ? 'publish' : 'receive';
}

function typeOf(attributes: Span['attributes']): string | null {
  return textOf(attributes, 'messaging.operation.type', 'messaging.operation');
}

function named(verb: string, { attributes }: Span): string {
  const destination = textOf(
    attributes,
    'messaging.destination.template',
    'messaging.destination.name',
    'messaging.destination',
  );
  return destination === null ? verb : `${verb} ${destination}`;
}
