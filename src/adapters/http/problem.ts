import { STATUS_CODES } from 'node:http';
import type { ProblemDocument } from '../../contract/rest.ts';
import { DiagnosticsError, type Diagnostic } from '../../domain/diagnostic.ts';
import { ERROR_CODES, OperationError, type ErrorCode } from '../../domain/errors.ts';
import { STATUS_BY_CODE } from './status-by-code.ts';

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

/** A fault of the protocol, with a status that its code alone does not tell. */
export class RequestFault extends OperationError {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    message: string,
    options: { code?: ErrorCode; hint?: string; headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(options.code ?? 'USAGE', message, {
      hint: options.hint ?? 'read `/api/v1/openapi.json`',
    });
    this.status = status;
    this.headers = options.headers ?? {};
  }
}

/** The answer to a request that failed. `isOurs`: nobody but us can mend it, so it belongs in the log. */
export interface Problem {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly code: ErrorCode;
  readonly document: ProblemDocument;
  readonly isOurs: boolean;
}

export function problemOf(error: unknown, instance: string): Problem {
  const known = expected(error);
  const status = known instanceof RequestFault ? known.status : STATUS_BY_CODE[known.code];
  return {
    status,
    headers: headersOf(known, status),
    code: known.code,
    document: {
      type: `urn:offshoot:error:${known.code}`,
      title: titleOf(known, status),
      status,
      detail: known.message,
      instance,
      code: known.code,
      hint: known.hint,
      diagnostics: known instanceof DiagnosticsError ? known.diagnostics.map(plainDiagnostic) : [],
    },
    isOurs: ERROR_CODES[known.code].class === 'system',
  };
}

/** A diagnostic with the fields of the contract only. */
export function plainDiagnostic(diagnostic: Diagnostic): ProblemDocument['diagnostics'][number] {
  const { code, severity, message, hint, location, component } = diagnostic;
  return {
    code,
    severity,
    message,
    ...(hint === undefined ? {} : { hint }),
    ...(location === undefined ? {} : { location }),
    ...(component === undefined ? {} : { component }),
  };
}

/** What was not expected says nothing of itself to the outside. */
function expected(error: unknown): OperationError {
  if (error instanceof OperationError) return error;
  return faultOfBody(error) ?? new OperationError('INTERNAL', 'an error in Offshoot itself');
}

function titleOf(error: OperationError, status: number): string {
  if (error instanceof RequestFault) return STATUS_CODES[status] ?? 'Error';
  return ERROR_CODES[error.code].meaning;
}

function headersOf(error: OperationError, status: number): Readonly<Record<string, string>> {
  if (error instanceof RequestFault) return error.headers;
  return status === 503 ? { 'Retry-After': '5' } : {};
}

const BODY_FAULTS: Readonly<Record<string, (limit: number) => RequestFault>> = {
  'entity.too.large': (limit) =>
    new RequestFault(413, `the body is larger than ${limit} bytes`, {
      code: 'REQUEST_TOO_LARGE',
      hint: ERROR_CODES.REQUEST_TOO_LARGE.remedy,
    }),
  'entity.parse.failed': () => new RequestFault(400, 'the body is not valid JSON'),
  'encoding.unsupported': () => new RequestFault(415, 'the encoding of the body is not supported'),
  'charset.unsupported': () => new RequestFault(415, 'the body is not in UTF-8'),
  'request.aborted': () => new RequestFault(400, 'the body ended too early'),
  'request.size.invalid': () => new RequestFault(400, 'the body is not as long as it says'),
};

/** The errors that Express makes itself: its body parser's, and paths that cannot be decoded. */
function faultOfBody(error: unknown): RequestFault | null {
  if (error instanceof URIError) return new RequestFault(400, 'the path is not valid UTF-8');
  if (!(error instanceof Error) || !('type' in error) || typeof error.type !== 'string')
    return null;
  const limit = 'limit' in error && typeof error.limit === 'number' ? error.limit : 0;
  return BODY_FAULTS[error.type]?.(limit) ?? null;
}
