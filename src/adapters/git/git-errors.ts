import { OperationError } from '../../domain/errors.ts';
import type { Address } from './address.ts';
import type { GitAnswer } from './git-process.ts';

/** The remote did not answer, or refused. Worth another try. */
export function unavailable(address: Address, answer: GitAnswer): OperationError {
  return new OperationError('GIT_UNAVAILABLE', `cannot reach "${address.label}": ${why(answer)}`, {
    details: { repository: address.label },
  });
}

/** Git did what we do not expect, on our own mirror. */
export function failed(address: Address, doing: string, answer: GitAnswer): OperationError {
  return new OperationError('GIT_FAILED', `cannot ${doing} of "${address.label}": ${why(answer)}`, {
    details: { repository: address.label, exitCode: answer.exitCode, output: answer.stderr },
  });
}

export function noSuchRevision(address: Address, revision: string): OperationError {
  return new OperationError(
    'REVISION_NOT_FOUND',
    `"${address.label}" has no revision "${revision.slice(0, 100)}"`,
    { details: { repository: address.label, revision } },
  );
}

/** The one line of Git's output that says most. Only shown; nothing is decided by it. */
function why(answer: GitAnswer): string {
  if (answer.timedOut) return 'no answer in time';
  const lines = answer.stderr.split('\n').filter((line) => line.trim() !== '');
  const line = lines.find((text) => text.startsWith('fatal: ')) ?? lines.at(-1);
  if (line === undefined) return `git ended with exit code ${answer.exitCode ?? 'none'}`;
  return line.replace(/^(?:fatal|error): /, '').replace(/\.$/, '');
}
