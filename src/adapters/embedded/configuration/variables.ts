import { chmodSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Component, EnvironmentVariable } from '../../../domain/catalog/component.ts';
import { datastoreUrl } from '../../../domain/configuration/datastore-url.ts';
import {
  renderVariables as render,
  type Surroundings as CommonSurroundings,
  type Variables,
} from '../../../domain/configuration/variables.ts';
import type { EnvironmentFolder } from '../environment-folder.ts';
import { readJson } from '../read-json.ts';
import type { Credentials } from './secrets.ts';

/** The environment variables of what runs: rendered, kept in two files, and nothing of the agent's own. */

/** What `exec` needs beside the variables themselves. */
export interface KeptVariables extends Variables {
  /** Where the component runs. */
  readonly folder: string;
}

/** Addresses as one caller sees them: everything is on this machine, behind relays of the caller's own. */
export interface Surroundings extends Omit<CommonSurroundings, 'host' | 'portOf' | 'login'> {
  /** The caller's own relay to a port of a dependency. */
  relayPort(component: Component, port: string): number | null;
  /** The login of a datastore; null when it has none that we know. */
  credentials(component: Component): Credentials | null;
}

const HOST = '127.0.0.1';
/** The only variables that pass from the agent to what it runs, beside PATH. */
const INHERITED = ['HOME', 'TMPDIR', 'LANG'] as const;

export function renderVariables(
  environment: readonly EnvironmentVariable[],
  self: Component | null,
  surroundings: Surroundings,
): Variables {
  return render(environment, self, {
    ...surroundings,
    host: () => HOST,
    portOf: (component, port) => surroundings.relayPort(component, port),
    login: (component) => surroundings.credentials(component),
  });
}

export function databaseUrl(engine: string, port: number, login: Credentials): string {
  return datastoreUrl(engine, `${HOST}:${port}`, login);
}

/** What everything that runs gets: our Node first in PATH, the person's home, and no more. */
export function baseVariables(
  inherited: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const base: Record<string, string> = {
    PATH: `${dirname(process.execPath)}:${inherited['PATH'] ?? '/usr/local/bin:/usr/bin:/bin'}`,
  };
  for (const name of INHERITED) {
    const value = inherited[name];
    if (value !== undefined) base[name] = value;
  }
  return base;
}

/** Keeps them for `exec`, readable by the owner only. */
export function writeVariables(
  folder: EnvironmentFolder,
  component: string,
  kept: KeptVariables,
): void {
  const { plain, secret } = kept;
  writePrivately(join(folder.configuration, `${component}.json`), {
    folder: kept.folder,
    variables: plain,
  });
  writePrivately(join(folder.secrets, `${component}.json`), { variables: secret });
}

/** Null when the component was never deployed. */
export function readVariables(folder: EnvironmentFolder, component: string): KeptVariables | null {
  const configuration = readKept(join(folder.configuration, `${component}.json`));
  const secrets = readKept(join(folder.secrets, `${component}.json`));
  if (configuration === null || secrets === null) return null;
  return {
    folder: configuration.folder,
    plain: configuration.variables,
    secret: secrets.variables,
  };
}

function writePrivately(path: string, values: object): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(`${path}.new`, `${JSON.stringify(values, null, 2)}\n`, { mode: 0o600 });
  chmodSync(`${path}.new`, 0o600);
  renameSync(`${path}.new`, path);
}

interface KeptFile {
  readonly folder: string;
  readonly variables: Readonly<Record<string, string>>;
}

function readKept(path: string): KeptFile | null {
  const value = readJson(path);
  if (typeof value !== 'object' || value === null || !('variables' in value)) return null;
  const entries = Object.entries(value.variables ?? {}).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  const folder = 'folder' in value ? String(value.folder) : '';
  return { folder, variables: Object.fromEntries(entries) };
}
