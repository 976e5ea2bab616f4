import { bytesField, integerField, messageOf, textField } from '../encoding/protobuf-writer.ts';
import { ERROR_LENGTH_MAX } from '../limits.ts';

/** The bodies that the OTLP specification demands, in the encoding of the request. */

export type Format = 'protobuf' | 'json';

export const CONTENT_TYPES: Readonly<Record<Format, string>> = {
  protobuf: 'application/x-protobuf',
  json: 'application/json',
};

/** gRPC's numbers, which a Status over HTTP has too. */
export const CODE = {
  ok: 0,
  invalidArgument: 3,
  resourceExhausted: 8,
  unimplemented: 12,
  unavailable: 14,
} as const;

/** What became of a request whose spans were taken. */
export interface Taken {
  readonly rejected: number;
  /** Why; empty when all were taken. */
  readonly trouble: string;
}

/** `ExportTraceServiceResponse`: says nothing when all is well. */
export function takenBody(format: Format, { rejected, trouble }: Taken): Uint8Array {
  if (format === 'json') {
    const partial = { rejectedSpans: String(rejected), errorMessage: trouble };
    return Buffer.from(JSON.stringify(trouble === '' ? {} : { partialSuccess: partial }));
  }
  if (trouble === '') return messageOf();
  const partial = messageOf(integerField(1, rejected), textField(2, trouble));
  return messageOf(bytesField(1, partial));
}

/** `google.rpc.Status`. */
export function statusBody(format: Format, code: number, message: string): Uint8Array {
  const text = message.slice(0, ERROR_LENGTH_MAX);
  if (format === 'json') return Buffer.from(JSON.stringify({ code, message: text }));
  return statusMessage(code, text);
}

/** The same with a `RetryInfo`, without which who talks gRPC may not come back. */
export function retryStatus(message: string, seconds: number): Uint8Array {
  const delay = messageOf(integerField(1, seconds));
  const any = messageOf(
    textField(1, 'type.googleapis.com/google.rpc.RetryInfo'),
    bytesField(2, messageOf(bytesField(1, delay))),
  );
  return messageOf(statusMessage(CODE.unavailable, message), bytesField(3, any));
}

function statusMessage(code: number, message: string): Uint8Array {
  return messageOf(integerField(1, code), textField(2, message));
}
