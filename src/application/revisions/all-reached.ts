import { OperationError } from '../../domain/errors.ts';

/**
 * The values of all outcomes, or one error that tells of every repository that failed, not only the first.
 *
 * @throws {OperationError} with the code of the first failure. What is not an OperationError is a bug and is thrown as it is.
 */
export function allReached<Result>(
  outcomes: readonly PromiseSettledResult<Result>[],
): readonly Result[] {
  const failures: OperationError[] = [];
  const results: Result[] = [];
  for (const outcome of outcomes) {
    if (outcome.status === 'fulfilled') results.push(outcome.value);
    else if (outcome.reason instanceof OperationError) failures.push(outcome.reason);
    else throw outcome.reason;
  }
  const [first, ...others] = failures;
  if (first === undefined) return results;
  if (others.length === 0) throw first;
  const messages = [...new Set(failures.map(({ message }) => message))];
  throw new OperationError(first.code, messages.join('; '), {
    hint: first.hint,
    details: {
      failures: failures.map(({ code, message, details }) => ({ code, message, details })),
    },
    cause: first,
  });
}
