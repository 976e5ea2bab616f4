/**
 * Takes secrets and personal data out of texts that people will read: error bodies, log lines.
 *
 * By key (`password=…`, `authorization: …`), by form (JWT, e-mail, card number, private key) and by
 * entropy. It would rather mask too much. Idempotent; the result is never longer than the text.
 */

export const REDACTED_BYTES_MAX = 256;

/** More is not looked at: a log line may have any length. */
const INPUT_LENGTH_MAX = 8_192;

const SECRET_KEY =
  '(?:authorization|cookie|passw(?:or)?d|passphrase|pwd|secret|token|api[-_]?key|access[-_]?key|' +
  'private[-_]?key|credentials?|signature|j?session[-_]?id|csrf|xsrf)';

/** The value runs to the end of the line: it may have spaces and signs of its own. */
const HEADER_LINE =
  /\b((?:proxy-)?authorization|(?:set-)?cookie|www-authenticate)([ \t]*:[ \t]*)(?!["'\s]|\*{1,3}(?:\s|$))([^\r\n]+)/giu;
const KEY_VALUE = new RegExp(
  `(${SECRET_KEY}[\\w.-]{0,40}["']?\\s*(?:=>|[:=])\\s*)` +
    `("(?:[^"\\\\]|\\\\.)*(?:"|\\\\?$)|'(?:[^'\\\\]|\\\\.)*(?:'|\\\\?$)|[^\\s,;&"'}\\])]+)`,
  'giu',
);
const BEARER = /\b(bearer)(\s{1,4})([^\s,;"']{6,})/giu;
const SCHEME = /\b(basic|digest|negotiate)(\s{1,4})(?=[^\s,;"']*[\d=.])([^\s,;"']{6,})/giu;
const URL_CREDENTIALS = /(:\/\/)([^\s/@"'<>?#]{1,256})(?=@)/gu;
const PRIVATE_KEY =
  /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,40}-----|$)/gu;
const JWT = /\beyJ[\w-]{4,}\.[\w-]*(?:\.[\w-]*)?/gu;
const EMAIL = /[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}/gu;
const KNOWN_TOKEN =
  /\b(?:[srp]k_(?:live|test)_\w{8,}|gh[a-z]_\w{16,}|github_pat_\w{16,}|glpat-[\w-]{12,}|xox[a-z]-[\w-]{8,}|A[KS]IA[A-Z\d]{12,})/gu;
const CARD = /(?<![\w.])\d(?:[ -]?\d){12,18}(?![\w.]?\d)/gu;
const OPAQUE = /[A-Za-z\d+=]{20,}/gu;

interface Rule {
  /** Without it in the text the pattern cannot match. */
  readonly sign: string;
  readonly pattern: RegExp;
  readonly replace: (match: string, ...groups: string[]) => string;
}

/** In this order: what one leaves, the next may still find. */
const RULES: readonly Rule[] = [
  { sign: '-----BEGIN ', pattern: PRIVATE_KEY, replace: mask },
  { sign: ':', pattern: HEADER_LINE, replace: maskThird },
  { sign: '', pattern: BEARER, replace: maskThird },
  { sign: '', pattern: SCHEME, replace: maskThird },
  { sign: '', pattern: KEY_VALUE, replace: maskQuotedSecond },
  { sign: '://', pattern: URL_CREDENTIALS, replace: maskSecond },
  { sign: 'eyJ', pattern: JWT, replace: mask },
  { sign: '@', pattern: EMAIL, replace: mask },
  { sign: '', pattern: KNOWN_TOKEN, replace: mask },
  { sign: '', pattern: CARD, replace: (number) => (isCardNumber(number) ? mask(number) : number) },
  { sign: '', pattern: OPAQUE, replace: (token) => (isSecretLike(token) ? mask(token) : token) },
];

/** A random text of 20 characters stays above; words and identifiers of people stay below. */
const ENTROPY_BITS_SECRET = 3;
const DIGITS_SECRET = 2;

/** The text without secrets, on one line, cut to so many bytes of UTF-8. */
export function redact(text: string, bytesMax: number = REDACTED_BYTES_MAX): string {
  let before = bounded(text);
  for (;;) {
    const after = cutToBytes(masked(before), bytesMax);
    if (after === before) return after;
    before = after;
  }
}

function masked(text: string): string {
  let result = text;
  for (const { sign, pattern, replace } of RULES) {
    if (result.includes(sign)) result = result.replace(pattern, replace);
  }
  return result.replace(/\p{Cc}/gu, ' ');
}

/** Never longer than what it hides, so that a text never grows. */
function mask(value: string): string {
  return '*'.repeat(Math.min(3, value.length));
}

function maskSecond(_: string, sign = '', value = ''): string {
  return sign + mask(value);
}

function maskThird(_: string, name = '', space = '', value = ''): string {
  return name + space + mask(value);
}

function maskQuotedSecond(_: string, key = '', value = ''): string {
  return key + maskQuoted(value);
}

function maskQuoted(value: string): string {
  const quote = value.charAt(0);
  if (quote !== '"' && quote !== "'") return mask(value);
  const isClosed = value.length > 1 && value.endsWith(quote);
  return quote + mask(value.slice(1, isClosed ? -1 : undefined)) + (isClosed ? quote : '');
}

function isCardNumber(text: string): boolean {
  let sum = 0;
  let isDoubled = false;
  for (let at = text.length - 1; at >= 0; at -= 1) {
    const digit = text.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) continue;
    const doubled = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
    sum += isDoubled ? doubled : digit;
    isDoubled = !isDoubled;
  }
  return sum % 10 === 0;
}

function isSecretLike(token: string): boolean {
  const digits = token.length - token.replace(/\d/gu, '').length;
  if (digits < DIGITS_SECRET || digits === token.length) return false;
  return entropyBits(token) >= ENTROPY_BITS_SECRET;
}

/** Shannon entropy per character. */
function entropyBits(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values())
    bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}

/** At most so much, without a last word that the cut may have made unrecognisable. */
function bounded(text: string): string {
  if (text.length <= INPUT_LENGTH_MAX) return text;
  const cut = text.slice(0, INPUT_LENGTH_MAX);
  const lastSpace = cut.search(/\s\S*$/u);
  return lastSpace < 0 ? '***' : cut.slice(0, lastSpace);
}

const ELLIPSIS = '…';
const ELLIPSIS_BYTES = 3;

function cutToBytes(text: string, bytesMax: number): string {
  if (text.length * 3 <= bytesMax) return text;
  const encoder = new TextEncoder();
  const room = new Uint8Array(bytesMax);
  if (encoder.encodeInto(text, room).read === text.length) return text;
  const kept = encoder.encodeInto(text, room.subarray(0, Math.max(0, bytesMax - ELLIPSIS_BYTES)));
  return text.slice(0, kept.read) + (bytesMax >= ELLIPSIS_BYTES ? ELLIPSIS : '');
}
