import { OperationError, type ErrorCode } from '../../../domain/errors.ts';
import { KubeApiError, KubeUnreachableError } from '../client/kube-api.ts';

/**
 * What an answer of the API server means for the operation. Decided by status and reason, never by
 * message texts, which change with versions.
 *
 * @param what - What was tried, for people: `deployment "cart"`.
 */
export function failureOf(error: unknown, what: string): unknown {
  if (error instanceof KubeUnreachableError) {
    return new OperationError('CLUSTER_UNREACHABLE', `${what}: ${error.message}`, { cause: error });
  }
  if (!(error instanceof KubeApiError)) return error;
  return new OperationError(codeOf(error), `${what}: ${error.message}`, {
    cause: error,
    details: { status: error.status, reason: error.reason },
  });
}

/** Runs a request and gives its failure the code of an operation. */
export async function reported<Result>(
  what: string,
  request: () => Promise<Result>,
): Promise<Result> {
  try {
    return await request();
  } catch (error) {
    throw failureOf(error, what);
  }
}

const CODE_BY_STATUS: ReadonlyMap<number, ErrorCode> = new Map([
  [401, 'CLUSTER_FORBIDDEN'],
  [409, 'CLUSTER_CONFLICT'],
  [429, 'CLUSTER_UNREACHABLE'],
]);

function codeOf(error: KubeApiError): ErrorCode {
  const { status, reason } = error;
  if (status === 403) return codeOfForbidden(error);
  if (status === 404) return reason === 'NotFound' ? 'ENVIRONMENT_NOT_READY' : 'CRD_MISSING';
  if (status >= 500) return 'CLUSTER_UNREACHABLE';
  return CODE_BY_STATUS.get(status) ?? 'ADMISSION_DENIED';
}

/**
 * Three things refuse with 403: access control, a quota, and an admission rule. Access control gives no
 * details of an object's kind beyond its resource; a quota and a rule are told apart by their causes.
 */
function codeOfForbidden({ message, details }: KubeApiError): ErrorCode {
  const causes = details['causes'];
  const isEnding =
    Array.isArray(causes) && causes.some((cause) => causeReason(cause) === 'NamespaceTerminating');
  if (isEnding) return 'ENVIRONMENT_NOT_READY';
  // The API gives quota refusals no reason of their own; its wording has been the same since 1.2.
  if (/exceeded quota:|failed quota:/u.test(message)) return 'QUOTA_EXCEEDED';
  // Without a name where there is none: of lists, and of what is to be made.
  if (/^\S+(?: "[^"]*")? is forbidden: User "/u.test(message)) return 'CLUSTER_FORBIDDEN';
  return 'ADMISSION_DENIED';
}

function causeReason(cause: unknown): unknown {
  return typeof cause === 'object' && cause !== null && 'reason' in cause ? cause.reason : null;
}
