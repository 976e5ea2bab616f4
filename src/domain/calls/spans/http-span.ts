import { operationOf } from '../protocols/http1-head.ts';
import { outcomeOfStatus } from '../protocols/http1-exchange.ts';
import { OK, type Ending } from '../protocols/transport.ts';
import { withTrouble } from './exceptions.ts';
import { endingWithoutStatus } from './plain-ending.ts';
import { textOf, wholeOf, type Span } from './span.ts';
import type { Convention } from './telling.ts';

/** HTTP: `http.request.method` and `url.*`, before 1.21 `http.method`, `http.url`, `http.target`. */
export const httpTelling: Convention = (span, server) => {
  const { attributes } = span;
  const method = textOf(
    attributes,
    'http.request.method_original',
    'http.request.method',
    'http.method',
  );
  if (method === null) return null;
  const status = wholeOf(attributes, 'http.response.status_code', 'http.status_code');
  const operation = operationOf(`${method} ${targetOf(span)} HTTP/1.1`);
  return {
    protocol: 'http',
    operation,
    status,
    ending:
      status === null
        ? endingWithoutStatus(span, `${operation} of ${server}`)
        : endingByStatus(span, status, `${status} from ${server} ${operation}`),
  };
};

/** The route where one is known: the same for all calls of one kind. */
function targetOf({ attributes }: Span): string {
  const names = ['http.route', 'url.template', 'url.path', 'url.full', 'http.target', 'http.url'];
  return textOf(attributes, ...names) ?? '';
}

function endingByStatus(span: Span, status: number, line: string): Ending {
  if (status < 400) return OK;
  const ending = { outcome: outcomeOfStatus(status), errorType: String(status), reason: line };
  return withTrouble(ending, span);
}
