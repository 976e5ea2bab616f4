import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { OperationError } from '../../domain/errors.ts';

/** Where everything of one environment lies on disk. Its removal is the removal of this folder. */
export interface EnvironmentFolder {
  readonly environment: string;
  readonly path: string;
  readonly logs: string;
  /** Rendered variables that derive from no secret. */
  readonly configuration: string;
  /** Rendered variables that do, and the passwords of datastores. */
  readonly secrets: string;
  readonly data: string;
  readonly tests: string;
  readonly events: string;
  readonly addresses: string;
}

const SAFE_NAME = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/u;

export function environmentFolder(home: string, environment: string): EnvironmentFolder {
  if (!SAFE_NAME.test(environment)) {
    throw new OperationError('ENVIRONMENT_NOT_FOUND', `no environment is named "${environment}"`);
  }
  const path = join(home, 'environments', environment);
  return {
    environment,
    path,
    logs: join(path, 'logs'),
    configuration: join(path, 'configuration'),
    secrets: join(path, 'secrets'),
    data: join(path, 'data'),
    tests: join(path, 'tests'),
    events: join(path, 'events.jsonl'),
    addresses: join(path, 'addresses.json'),
  };
}

/** Only the owner may look into it; another user that runs a datastore may pass through. */
export function makeEnvironmentFolder(folder: EnvironmentFolder): void {
  mkdirSync(folder.path, { recursive: true, mode: 0o711 });
  for (const inner of [folder.logs, folder.configuration, folder.secrets, folder.tests]) {
    mkdirSync(inner, { recursive: true, mode: 0o700 });
  }
}

/** Tells the processes of this state folder from those of another on the same machine. */
export function installationOf(home: string): string {
  return createHash('sha256').update(home).digest('hex').slice(0, 16);
}
