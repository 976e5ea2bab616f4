/** Lines of NATS: what a client and a server say. */

/** A message that goes in or out. */
export interface NatsMessage {
  readonly kind: 'message';
  readonly subject: string;
  readonly replyTo: string;
  readonly hasHeaders: boolean;
  /** Of headers and payload. */
  readonly bytes: number;
}

export type NatsLine =
  | NatsMessage
  | { readonly kind: 'connect'; readonly isVerbose: boolean }
  | { readonly kind: 'subscribe' | 'unsubscribe' | 'ping' | 'pong' | 'ok' | 'info' }
  | { readonly kind: 'error'; readonly text: string };

const WORD = /^([A-Za-z+-]{2,7})(?:[ \t]+(\S[\s\S]*?))?[ \t]*$/u;
const COUNT = /^\d{1,10}$/u;
/** A server is verbose unless it is asked not to be. */
const NOT_VERBOSE = /"verbose"\s*:\s*false/u;

type Parse = (rest: string, args: readonly string[]) => NatsLine | null;

const BEATS: readonly (readonly [string, Parse])[] = [
  ['PING', () => ({ kind: 'ping' })],
  ['PONG', () => ({ kind: 'pong' })],
];

const CLIENT: ReadonlyMap<string, Parse> = new Map([
  ...BEATS,
  ['CONNECT', (rest) => ({ kind: 'connect', isVerbose: !NOT_VERBOSE.test(rest) })],
  ['PUB', (_, args) => messageOf(args, 1)],
  ['HPUB', (_, args) => messageOf(args, 2)],
  ['SUB', (_, args) => (args.length >= 2 ? { kind: 'subscribe' } : null)],
  ['UNSUB', (_, args) => (args.length >= 1 ? { kind: 'unsubscribe' } : null)],
]);

const SERVER: ReadonlyMap<string, Parse> = new Map([
  ...BEATS,
  ['INFO', (rest) => (rest.startsWith('{') ? { kind: 'info' } : null)],
  ['MSG', (_, args) => messageOf(withoutId(args), 1)],
  ['HMSG', (_, args) => messageOf(withoutId(args), 2)],
  ['+OK', () => ({ kind: 'ok' })],
  ['-ERR', (rest) => (rest.startsWith("'") ? { kind: 'error', text: unquoted(rest) } : null)],
]);

/** Null for what no client says. */
export function parseClientLine(line: string): NatsLine | null {
  return parsed(line, CLIENT);
}

/** Null for what no server says. */
export function parseServerLine(line: string): NatsLine | null {
  return parsed(line, SERVER);
}

function parsed(line: string, forms: ReadonlyMap<string, Parse>): NatsLine | null {
  const [, name = '', rest = ''] = WORD.exec(line) ?? [];
  const args = rest === '' ? [] : rest.split(/[ \t]+/u, 6);
  return forms.get(name.toUpperCase())?.(rest, args) ?? null;
}

function unquoted(text: string): string {
  return text.replace(/^'|'$/gu, '');
}

/** Subject, number of the subscription, perhaps where to reply, sizes. */
function withoutId(args: readonly string[]): readonly string[] {
  return args.filter((_, place) => place !== 1);
}

/** @param sizes - How many numbers stand at the end; with headers there are two. */
function messageOf(args: readonly string[], sizes: number): NatsMessage | null {
  const [subject = '', replyTo = ''] = args;
  const size = args.at(-1) ?? '';
  const names = args.length - sizes;
  if (!COUNT.test(size) || names < 1 || names > 2) return null;
  return {
    kind: 'message',
    subject,
    replyTo: names === 2 ? replyTo : '',
    hasHeaders: sizes === 2,
    bytes: Number(size),
  };
}

const INBOX = /^_(?:INBOX|R_|NATS)[._]/u;
const PLAIN = /^[A-Za-z_$][\w-]{0,40}$/u;
const SUBJECT_WORDS_MAX = 4;

/** Where answers go, as the usual clients name it. */
export function isInbox(subject: string): boolean {
  return INBOX.test(subject);
}

/** Of few values: words of a subject that look like ids are left out, and inboxes are one. */
export function shownSubject(subject: string): string {
  if (isInbox(subject)) return '_INBOX';
  const words = subject.split('.');
  const shown = words.slice(0, SUBJECT_WORDS_MAX).map((word) => (isPlain(word) ? word : '*'));
  return shown.join('.') + (words.length > SUBJECT_WORDS_MAX ? '.>' : '');
}

function isPlain(word: string): boolean {
  return PLAIN.test(word) && word.replace(/\D/gu, '').length < 4;
}
