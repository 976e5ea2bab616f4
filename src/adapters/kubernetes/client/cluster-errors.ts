import { OperationError } from '../../../domain/errors.ts';
import type { ErrorCode } from '../../../domain/errors.ts';
import { KubeApiError, KubeUnreachableError } from './kube-api.ts';

const CODE_BY_STATUS: ReadonlyMap<number, ErrorCode> = new Map([
  [401, 'CLUSTER_FORBIDDEN'],
  [403, 'CLUSTER_FORBIDDEN'],
  [409, 'CLUSTER_CONFLICT'],
]);

/**
 * What went wrong between us and the API server, as an operation's failure. Everything else comes back as it
 * is. A refusal by a quota or a webhook looks like one by a missing right (status 403): who creates such
 * objects decides before asking here.
 *
 * @param doing - What was being done, after "could not": `read the environment "coupon"`.
 */
export function operationErrorOf(error: unknown, doing: string): unknown {
  if (error instanceof KubeUnreachableError) {
    return new OperationError('CLUSTER_UNREACHABLE', `could not ${doing}: ${error.message}`, {
      cause: error,
    });
  }
  if (!(error instanceof KubeApiError)) return error;
  const isTransient = error.status === 429 || error.status >= 500;
  const code = isTransient ? 'CLUSTER_UNREACHABLE' : CODE_BY_STATUS.get(error.status);
  return new OperationError(code ?? 'INTERNAL', `could not ${doing}: ${error.message}`, {
    details: { status: error.status, reason: error.reason },
    cause: error,
  });
}

/** Does something with the cluster; its failures are operation errors. */
export async function onCluster<Result>(
  doing: string,
  act: () => Promise<Result>,
): Promise<Result> {
  try {
    return await act();
  } catch (error) {
    throw operationErrorOf(error, doing);
  }
}

/** True for an answer with that status. */
export function hasStatus(error: unknown, ...statuses: readonly number[]): boolean {
  return error instanceof KubeApiError && statuses.includes(error.status);
}
