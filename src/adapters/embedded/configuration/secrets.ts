import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Component, SecretRef } from '../../../domain/catalog/component.ts';
import { OperationError } from '../../../domain/errors.ts';
import type { EnvironmentFolder } from '../environment-folder.ts';

/** Values that only files hold: those people put there for `secretRef`, and passwords of datastores. */

const SAFE_PART = /^[A-Za-z0-9][A-Za-z0-9._-]*$/u;
const PASSWORD_BYTES = 18;

export interface Credentials {
  readonly username: string;
  readonly password: string;
  readonly database: string;
}

/** @throws {OperationError} `SECRET_MISSING` */
export function readSecret(folder: string, reference: SecretRef): string {
  try {
    return readFileSync(secretPath(folder, reference), 'utf8').replace(/\r?\n$/u, '');
  } catch (cause) {
    throw new OperationError(
      'SECRET_MISSING',
      `secret "${reference.name}/${reference.key}" does not exist, expected the file "${secretPath(folder, reference)}"`,
      { cause },
    );
  }
}

export function hasSecret(folder: string, reference: SecretRef): boolean {
  try {
    readSecret(folder, reference);
    return true;
  } catch {
    return false;
  }
}

export function secretPath(folder: string, { name, key }: SecretRef): string {
  const isSafe = SAFE_PART.test(name) && SAFE_PART.test(key);
  return join(folder, ...(isSafe ? [name, key] : ['invalid name', 'of a secret']));
}

/**
 * The login of a datastore that we run. Its password is made by whoever asks first and then stays.
 *
 * @param folder - Of the environment that runs it: the caller's own, or the baseline's.
 */
export function credentialsOf(folder: EnvironmentFolder, component: Component): Credentials | null {
  const { datastore } = component;
  if (datastore?.engine !== 'postgres') return null;
  const path = join(folder.secrets, `password-of-${component.name}`);
  const password = readOrNull(path) ?? makePassword(folder.secrets, path);
  return { username: datastore.username, password, database: datastore.database };
}

/** Complete before it has its name, and never over another's. */
function makePassword(folder: string, path: string): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const unnamed = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  writeFileSync(unnamed, randomBytes(PASSWORD_BYTES).toString('base64url'), { mode: 0o600 });
  try {
    linkSync(unnamed, path);
  } catch {
    // Somebody else was first: theirs counts.
  } finally {
    rmSync(unnamed, { force: true });
  }
  return readFileSync(path, 'utf8');
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
