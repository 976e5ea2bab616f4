import { chmodSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  renderTemplate,
  type Output,
  type Reference,
  type Rendered,
} from '../../../domain/catalog/references.ts';
import type {
  Component,
  EnvironmentVariable,
  SecretRef,
} from '../../../domain/catalog/component.ts';
import type { Revision } from '../../../domain/revision/revision.ts';
import type { EnvironmentFolder } from '../environment-folder.ts';
import { readJson } from '../read-json.ts';
import type { Credentials } from './secrets.ts';

/** The environment variables of what runs: rendered, kept in two files, and nothing of the agent's own. */

/** What `exec` needs beside the variables themselves. */
export interface KeptVariables extends Variables {
  /** Where the component runs. */
  readonly folder: string;
}

export interface Variables {
  readonly plain: Readonly<Record<string, string>>;
  /** Those that derive from a secret. */
  readonly secret: Readonly<Record<string, string>>;
}

/** Addresses as one caller sees them. */
export interface Surroundings {
  readonly environment: { readonly name: string; readonly domain: string };
  readonly revision: Revision | null;
  /** Of a port of the component itself. */
  ownPort(port: string): number | null;
  /** The caller's own relay to a port of a dependency. */
  relayPort(component: Component, port: string): number | null;
  /** Where people reach a component. */
  publicUrl(component: Component): string | null;
  /** The login of a datastore; null when it has none that we know. */
  credentials(component: Component): Credentials | null;
  /** Null when it is unknown, or missing and optional. */
  dependency(name: string): Component | null;
  secret(reference: SecretRef): string;
  /** Of a test suite only. */
  readonly entry?: { readonly host: string; readonly port: number; readonly url: string };
}

type Resolved = { readonly value: string; readonly secret: boolean } | null;

const HOST = '127.0.0.1';
/** The only variables that pass from the agent to what it runs, beside PATH. */
const INHERITED = ['HOME', 'TMPDIR', 'LANG'] as const;

export function renderVariables(
  environment: readonly EnvironmentVariable[],
  self: Component | null,
  surroundings: Surroundings,
): Variables {
  const plain: Record<string, string> = {};
  const secret: Record<string, string> = {};
  for (const variable of environment) {
    const rendered = renderValue(variable, self, surroundings);
    (rendered.secret ? secret : plain)[variable.name] = rendered.text;
  }
  const [first] = self?.ports ?? [];
  const port = first === undefined ? null : surroundings.ownPort(first.name);
  if (port !== null) plain['PORT'] = String(port);
  return { plain, secret };
}

function renderValue(
  { value }: EnvironmentVariable,
  self: Component | null,
  surroundings: Surroundings,
): Rendered {
  if (value.kind === 'secret') return { text: surroundings.secret(value.secretRef), secret: true };
  return renderTemplate(value.template, (reference) => resolve(reference, self, surroundings));
}

function resolve(reference: Reference, self: Component | null, around: Surroundings): Resolved {
  switch (reference.kind) {
    case 'environment':
      return open(around.environment[reference.field]);
    case 'revision':
      return open(revisionField(around.revision, reference.field));
    case 'entry':
      return open(around.entry?.[reference.field]);
    case 'self':
      return self === null
        ? null
        : outputOf(reference.output, self, around, (port) => around.ownPort(port));
    case 'dependency': {
      const component = around.dependency(reference.name);
      return component === null
        ? null
        : outputOf(reference.output, component, around, (port) =>
            around.relayPort(component, port),
          );
    }
    default:
      return null;
  }
}

type PortOf = (port: string) => number | null;

function outputOf(
  output: Output,
  component: Component,
  around: Surroundings,
  portOf: PortOf,
): Resolved {
  switch (output.kind) {
    case 'host':
      return open(HOST);
    case 'port':
      return open(portOf(output.port));
    case 'publicUrl':
      return open(around.publicUrl(component));
    case 'url':
      return urlOf(component, around.credentials(component), portOf);
    case 'username':
    case 'password':
    case 'database':
    default:
      return loginOutputOf(output.kind, component, around.credentials(component));
  }
}

function loginOutputOf(
  output: 'username' | 'password' | 'database',
  { datastore }: Component,
  login: Credentials | null,
): Resolved {
  if (output === 'password') return { value: login?.password ?? '', secret: true };
  return open(login?.[output] ?? datastore?.[output]);
}

function urlOf(component: Component, login: Credentials | null, portOf: PortOf): Resolved {
  const [first] = component.ports;
  const port = first === undefined ? null : portOf(first.name);
  if (first === undefined || port === null) return null;
  if (component.datastore === undefined) return open(`${first.protocol}://${HOST}:${port}`);
  const { engine } = component.datastore;
  return login === null
    ? open(`${engine}://${HOST}:${port}`)
    : { value: databaseUrl(engine, port, login), secret: true };
}

export function databaseUrl(engine: string, port: number, login: Credentials): string {
  const [user, password, database] = [login.username, login.password, login.database].map(
    encodeURIComponent,
  );
  return `${engine}://${user}:${password}@${HOST}:${port}/${database}`;
}

function open(value: string | number | null | undefined): Resolved {
  return value === null || value === undefined ? null : { value: String(value), secret: false };
}

function revisionField(
  revision: Revision | null,
  field: 'sha' | 'short' | 'branch',
): string | null {
  if (revision === null) return null;
  return field === 'short' ? revision.sha.slice(0, 7) : revision[field];
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
