import type { Outcome } from '../call.ts';
import type { Ending } from '../protocols/transport.ts';
import { redact } from '../redact.ts';
import { textOf, type Span } from './span.ts';

/** What went wrong, in the span's own words: its exception, its status, `error.type`. */

interface Trouble {
  /** `error.type`, else the class of the exception; null when it has neither. */
  readonly type: string | null;
  /** Redacted; empty when there is none. */
  readonly text: string;
}

export function troubleOf(span: Span): Trouble {
  // The last one is the one that ended it.
  const exception = span.events.findLast(({ name }) => name === 'exception')?.attributes;
  const none = new Map<string, never>();
  const thrown = textOf(exception ?? none, 'exception.type');
  const message = textOf(exception ?? none, 'exception.message') ?? span.status.message;
  const isTold = thrown === null || message.includes(thrown);
  return {
    type: textOf(span.attributes, 'error.type') ?? thrown,
    text: redact(isTold ? message : `${thrown}${message === '' ? '' : `: ${message}`}`),
  };
}

interface Way {
  readonly sign: RegExp;
  readonly outcome: Outcome;
  readonly errorType: string;
}

/** How libraries of many languages call what happens before an answer; the first that fits. */
const WAYS: readonly Way[] = [
  {
    sign: /certificate|\bssl|\btls|handshake/iu,
    outcome: 'transport_error',
    errorType: 'tls.failed',
  },
  {
    sign: /ENOTFOUND|EAI_|unknown_?host|no such host|name.?resol|getaddrinfo|gaierror|\bdns\b/iu,
    outcome: 'transport_error',
    errorType: 'dns.nxdomain',
  },
  {
    sign: /ECONNREFUSED|refused|HttpHostConnect|^connect_?exception/iu,
    outcome: 'transport_error',
    errorType: 'tcp.refused',
  },
  {
    sign: /EHOSTUNREACH|ENETUNREACH|no[_ ]?route[_ ]?to[_ ]?host|unreachable/iu,
    outcome: 'transport_error',
    errorType: 'tcp.unreachable',
  },
  {
    sign: /time[d]?[ _-]?out|ETIMEDOUT|deadline/iu,
    outcome: 'timeout',
    errorType: 'timeout',
  },
  {
    sign: /abort|cancel/iu,
    outcome: 'cancelled',
    errorType: 'cancelled',
  },
  {
    sign: /ECONNRESET|EPIPE|reset|broken pipe|hang up|closed|disconnect|\bEOF\b|other side/iu,
    outcome: 'transport_error',
    errorType: 'tcp.reset_before_response',
  },
];

/** The end of a call that failed without an answer; the server's own fault where nothing says otherwise. */
export function endingWithoutAnswer(span: Span, what: string): Ending {
  const { type, text } = troubleOf(span);
  const reason = `${what} failed${text === '' ? '' : `: ${text}`}`;
  const said = `${type ?? ''} ${text}`;
  const way = WAYS.find(({ sign }) => sign.test(said));
  if (way !== undefined) return { outcome: way.outcome, errorType: way.errorType, reason };
  return { outcome: 'server_error', errorType: classOf(type), reason };
}

const CLASS_LENGTH_MAX = 64;

/** Of few values: no message, no address. */
function classOf(type: string | null): string {
  const name = type?.split('.').at(-1)?.slice(0, CLASS_LENGTH_MAX) ?? '';
  return /^\w+$/u.test(name) && name !== '_OTHER' ? name : 'error';
}

/** What the exception adds to an answer that says by itself that the call failed. */
export function withTrouble(ending: Ending, span: Span): Ending {
  const { text } = troubleOf(span);
  if (ending.reason === null || text === '' || ending.reason.includes(text)) return ending;
  return { ...ending, reason: `${ending.reason}: ${text}` };
}
