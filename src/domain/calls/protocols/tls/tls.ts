import type {
  ConnectionContext,
  DecodedCall,
  Decoder,
  Detection,
  Detector,
  Side,
} from '../decoder.ts';
import type { StreamReader } from '../bytes/reader.ts';
import { OpaqueDecoder } from '../opaque.ts';
import {
  bytesLost,
  clientAbort,
  closedBeforeResponse,
  looksLikeTimeout,
  resetBeforeResponse,
  unanswered,
  type Ending,
} from '../transport.ts';
import { choosesTls13, serverNameIn } from './tls-hello.ts';
import {
  ALERT,
  APPLICATION_DATA,
  beginsRecord,
  HANDSHAKE,
  recordReader,
  type TlsRecord,
} from './tls-records.ts';

/**
 * An encrypted connection: one call, named after the server that the client asked for, judged by its
 * handshake.
 *
 * After the handshake it is judged like any connection that nobody reads, if it was used. Alerts in plain text say what
 * went wrong; without one, who went away in the middle of the handshake did not like it.
 */

const ALERT_NAMES: Readonly<Record<number, string>> = {
  10: 'unexpected_message',
  20: 'bad_record_mac',
  22: 'record_overflow',
  40: 'handshake_failure',
  42: 'bad_certificate',
  43: 'unsupported_certificate',
  44: 'certificate_revoked',
  45: 'certificate_expired',
  46: 'certificate_unknown',
  47: 'illegal_parameter',
  48: 'unknown_ca',
  49: 'access_denied',
  50: 'decode_error',
  51: 'decrypt_error',
  70: 'protocol_version',
  71: 'insufficient_security',
  80: 'internal_error',
  86: 'inappropriate_fallback',
  109: 'missing_extension',
  110: 'unsupported_extension',
  112: 'unrecognized_name',
  116: 'certificate_required',
  120: 'no_application_protocol',
};
/** Without these the connection may go on, or ends as it should. */
const CLOSE_NOTIFY = 0;
const USER_CANCELED = 90;
const WARNING = 1;
const UNRECOGNIZED_NAME = 112;
/** An alert in TLS 1.3: two bytes, the kind of content, and a tag of 16. */
const ENCRYPTED_ALERT_BYTES = 19;
/** The last word of a client's handshake in TLS 1.3, by the hash of the cipher: four bytes, 32 or 48, the kind, the tag. */
const ENCRYPTED_FINISHED_BYTES = new Set([53, 69]);
const CHANGE_CIPHER_SPEC = 20;

interface Gone {
  readonly side: Side;
  readonly atUs: number;
  readonly isReset: boolean;
}

export class TlsDecoder implements Decoder {
  readonly #context: ConnectionContext;
  readonly #inner: OpaqueDecoder;
  readonly #readers: Readonly<Record<Side, StreamReader>>;
  /** Records may have been among what was lost, or could not be read. */
  readonly #hasLost: Record<Side, boolean> = { client: false, server: false };
  /** Each side has sent what only comes when it is content with the handshake. */
  readonly #isContent: Record<Side, boolean> = { client: false, server: false };
  /** Encrypted records of the client that are no alerts. */
  #clientRecords = 0;
  /** Something was said beyond the handshake, as far as that can be seen from outside. */
  #isUsed = false;
  /** A client of TLS 1.3 said something, and the server did not refuse to hear it. */
  #isOwed = false;
  #name: string | null = null;
  /** Null as long as the server's choice was not seen: nobody knows what records mean. */
  #isTls13: boolean | null = null;
  #failure: Ending | null = null;
  #hasServerSpoken = false;
  #firstGone: Gone | null = null;

  constructor(context: ConnectionContext) {
    this.#context = context;
    this.#inner = new OpaqueDecoder({
      client: context.client,
      server: context.server,
      startedAtUs: context.startedAtUs,
      nextIndex: () => context.nextIndex(),
      emit: (call) => context.emit(this.#told(call)),
    });
    this.#readers = {
      client: this.#reader('client'),
      server: this.#reader('server'),
    };
  }

  onClientBytes(bytes: Uint8Array, atUs: number, lostBytes = 0): void {
    this.#read('client', bytes, atUs, lostBytes);
    this.#inner.onClientBytes(bytes, atUs, lostBytes);
  }

  onServerBytes(bytes: Uint8Array, atUs: number, lostBytes = 0): void {
    if (!this.#hasServerSpoken && lostBytes === 0 && !beginsRecord(bytes)) this.#meetPlainText();
    this.#hasServerSpoken = true;
    this.#read('server', bytes, atUs, lostBytes);
    this.#inner.onServerBytes(bytes, atUs, lostBytes);
  }

  onClientEnd(atUs: number): void {
    this.#firstGone ??= { side: 'client', atUs, isReset: false };
    this.#inner.onClientEnd(atUs);
  }

  onServerEnd(atUs: number): void {
    this.#firstGone ??= { side: 'server', atUs, isReset: false };
    this.#inner.onServerEnd(atUs);
  }

  onReset(side: Side, atUs: number): void {
    this.#firstGone ??= { side, atUs, isReset: true };
    this.#inner.onReset(side, atUs);
  }

  onCaptureEnd(atUs: number): void {
    this.#inner.onCaptureEnd(atUs);
  }

  openCalls(atUs: number): readonly DecodedCall[] {
    return this.#inner.openCalls(atUs).map((call) => this.#told(call));
  }

  #reader(side: Side): StreamReader {
    return recordReader(
      (record) => this.#take(side, record),
      () => this.#lose(side),
    );
  }

  #lose(side: Side): void {
    this.#hasLost[side] = true;
  }

  #read(side: Side, bytes: Uint8Array, atUs: number, lostBytes: number): void {
    const reader = this.#readers[side];
    if (lostBytes > 0 && !reader.lose(lostBytes, atUs)) this.#lose(side);
    reader.push(bytes, atUs);
  }

  #take(side: Side, { type, length, content }: TlsRecord): void {
    if (type === HANDSHAKE) this.#takeHandshake(side, content);
    else if (type === ALERT) this.#takeAlert(side, content);
    else if (type === APPLICATION_DATA) this.#takeEncrypted(side, length);
    else if (type === CHANGE_CIPHER_SPEC && this.#isTls13 === false) this.#isContent[side] = true;
  }

  #takeHandshake(side: Side, content: Uint8Array): void {
    if (side === 'client') this.#name ??= serverNameIn(content);
    else if (this.#isTls13 === null) {
      this.#isTls13 = choosesTls13(content);
      if (this.#isTls13 === null) this.#lose('server');
    }
  }

  /** A server is content when it says more after the client was; neither is by an alert. */
  #takeEncrypted(side: Side, length: number): void {
    if (this.#isTls13 === true && length === ENCRYPTED_ALERT_BYTES) {
      if (side === 'server') this.#isOwed = false;
      return;
    }
    const isData = this.#isData(side, length);
    this.#isUsed ||= isData;
    this.#isOwed ||= isData && this.#isTls13 === true;
    if (this.#isTls13 === null) return;
    if (side === 'client' || this.#isContent.client) this.#isContent[side] = true;
  }

  /** In TLS 1.3 a client's first record ends its handshake, and a server's may be tickets for the next. */
  #isData(side: Side, length: number): boolean {
    if (this.#isTls13 !== true) return true;
    if (side === 'server') return false;
    this.#clientRecords += 1;
    return this.#clientRecords > 1 || !ENCRYPTED_FINISHED_BYTES.has(length);
  }

  #takeAlert(side: Side, content: Uint8Array): void {
    const [level, code = CLOSE_NOTIFY] = content;
    if (content.length !== 2 || code === CLOSE_NOTIFY || code === USER_CANCELED) return;
    if (level === WARNING && code === UNRECOGNIZED_NAME) return;
    const name = ALERT_NAMES[code] ?? `alert ${code}`;
    this.#failure ??= {
      outcome: 'transport_error',
      errorType: 'tls.alert',
      reason: `TLS handshake failed: ${name}, says ${this.#context[side]}`,
    };
  }

  #meetPlainText(): void {
    this.#failure ??= {
      outcome: 'transport_error',
      errorType: 'tls.plain_mismatch',
      reason: `${this.#context.client} spoke TLS to a port of ${this.#context.server} that answers in plain text`,
    };
  }

  #told(call: DecodedCall): DecodedCall {
    const failure = this.#failure ?? this.#handshakeEnding(call);
    const ending = failure ?? this.#unusedEnding(call) ?? this.#resetEnding(call);
    const operation = `TLS ${this.#name ?? this.#context.server}`;
    // A handshake is over when one side has left it, whenever the other does.
    const endedAtUs = failure === null ? call.endedAtUs : (this.#firstGone?.atUs ?? call.endedAtUs);
    return { ...call, ...ending, protocol: 'tls', operation, endedAtUs };
  }

  /** Who does not like a certificate may say so only after the handshake, encrypted, or just leave. */
  #unusedEnding({ outcome }: DecodedCall): Ending | null {
    if (outcome !== 'ok' || this.#isUsed) return null;
    if (this.#hasLost.client) return bytesLost();
    const { client, server } = this.#context;
    const why =
      this.#firstGone?.side === 'server'
        ? `${server} closed the connection before ${client} sent anything`
        : `${client} closed the connection without sending anything`;
    return {
      outcome: 'unknown',
      errorType: 'tls.unused',
      reason: `the TLS handshake was done, and then ${why}: a certificate may have been refused`,
    };
  }

  /** Clients reset what they are done with, too: whether this one still waited nobody saw. */
  #resetEnding({ outcome }: DecodedCall): Ending | null {
    if (outcome !== 'cancelled' || !this.#isContent.server) return null;
    return {
      outcome: 'unknown',
      errorType: 'tls.encrypted',
      reason: `${this.#context.client} reset the connection; whether it still waited is encrypted`,
    };
  }

  /** Null when the handshake was done, or when nobody can tell why it was not. */
  #handshakeEnding(call: DecodedCall): Ending | null {
    const gone = this.#firstGone;
    if (gone === null || (this.#isContent.client && this.#isContent.server)) return null;
    if (!this.#hasServerSpoken && !isDecided(call)) return null;
    if (this.#hasLost.client || this.#hasLost.server) return bytesLost();
    if (this.#isOwed) return this.#unanswered(gone, call);
    return {
      outcome: 'transport_error',
      errorType: 'tls.silent_fail',
      reason: `TLS handshake to ${this.#name ?? this.#context.server} aborted by ${this.#context[gone.side]}`,
    };
  }

  /** A client that asks was content with the handshake; the server said nothing more. */
  #unanswered({ side, atUs, isReset }: Gone, { startedAtUs }: DecodedCall): Ending {
    const { client, server } = this.#context;
    const ageUs = atUs - startedAtUs;
    if (side === 'server') {
      return isReset
        ? resetBeforeResponse(server, ageUs, 'what it was asked')
        : closedBeforeResponse(server);
    }
    return looksLikeTimeout(ageUs)
      ? clientAbort(client, ageUs)
      : unanswered(client, `without an answer from ${server}`);
  }
}

export const TLS_DETECTOR: Detector = {
  protocol: 'tls',
  detect: detectTls,
  create: (context) => new TlsDecoder(context),
};

function isDecided({ outcome }: DecodedCall): boolean {
  return outcome === 'ok' || outcome === 'transport_error';
}

/** A client's first message. */
function detectTls(client: Uint8Array, server: Uint8Array): Detection {
  if (client.length === 0) return server.length === 0 ? 'maybe' : 'no';
  const [type, , , , , message = 1] = client;
  if (type !== HANDSHAKE || !beginsRecord(client) || message !== 1) return 'no';
  return client.length > 5 ? 'yes' : 'maybe';
}
