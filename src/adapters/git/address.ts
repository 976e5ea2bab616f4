import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { OperationError } from '../../domain/errors.ts';
import { repositoryName } from '../../domain/revision/repository-name.ts';
import { redact } from './redact.ts';

/** A repository of a catalog, safe to hand to Git. */
export interface Address {
  /** What Git is given: an URL, `user@host:path`, or an absolute path. May hold credentials. */
  readonly url: string;
  /** For people: without credentials. */
  readonly label: string;
  /** Folder name of its mirror: readable, and another for every other address. */
  readonly folder: string;
}

/** Transports that Git may use. Any other, `ext::` above all, runs a program of the address's choice. */
export const ALLOWED_PROTOCOLS = ['file', 'git', 'http', 'https', 'ssh'] as const;

const SCHEME = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//;
const REMOTE_HELPER = /^[A-Za-z0-9+.-]*::/;
/** A colon before any slash is a host and a path to Git. */
const HOST_AND_PATH = /^[^/]*:/;
const CONTROL_CHARACTER = /\p{Cc}/u;

/**
 * @param folder - What relative paths are relative to.
 * @throws {OperationError} `CATALOG_INVALID_VALUE` for what Git would take as an option or run as a program.
 */
export function addressOf(repository: string, folder: string): Address {
  const scheme = SCHEME.exec(repository)?.[1]?.toLowerCase();
  const objection = objectionTo(repository, scheme);
  if (objection !== null) throw refused(repository, objection);
  const isPath = scheme === undefined && !HOST_AND_PATH.test(repository);
  const url = isPath ? resolve(folder, repository) : repository;
  return { url, label: redact(url), folder: folderOf(url) };
}

function objectionTo(repository: string, scheme: string | undefined): string | null {
  if (scheme !== undefined && !ALLOWED_PROTOCOLS.some((allowed) => allowed === scheme)) {
    return `uses "${scheme}://"; use one of ${ALLOWED_PROTOCOLS.join(', ')}`;
  }
  if (REMOTE_HELPER.test(repository)) return 'names a transport helper';
  if (repository.startsWith('-')) return 'starts with a hyphen';
  if (repository === '' || CONTROL_CHARACTER.test(repository)) {
    return 'is empty or holds control characters';
  }
  return null;
}

function refused(repository: string, why: string): OperationError {
  const label = redact(repository).slice(0, 200);
  return new OperationError('CATALOG_INVALID_VALUE', `repository "${label}" ${why}`, {
    hint: 'give `source.repository` as a path, an https or ssh address',
  });
}

/** Credentials do not count: they rotate, and the mirror stays. */
function folderOf(url: string): string {
  const slug = repositoryName(url)
    .toLowerCase()
    .replace(/\.git$/, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40);
  const hash = createHash('sha256').update(redact(url)).digest('hex').slice(0, 12);
  return `${slug === '' ? 'repository' : slug}-${hash}`;
}
