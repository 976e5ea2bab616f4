import type { Component, EnvironmentVariable, SecretRef } from '../catalog/component.ts';
import {
  renderTemplate,
  type Output,
  type Reference,
  type Rendered,
} from '../catalog/references.ts';
import type { Revision } from '../revision/revision.ts';
import { datastoreUrl, urlSchemeOf, type Login } from './datastore-url.ts';

/**
 * The environment variables of one caller, with every `${…}` filled in. The same on every engine: what
 * differs is where things are, and that is in `Surroundings`.
 *
 * An optional dependency that is missing renders empty. What derives from a secret is kept apart, so that
 * an engine can put it where secrets are kept.
 */
export interface Variables {
  readonly plain: Readonly<Record<string, string>>;
  /** Those that derive from a secret. */
  readonly secret: Readonly<Record<string, string>>;
}

/** Addresses and secrets as one caller sees them. */
export interface Surroundings {
  readonly environment: { readonly name: string; readonly domain: string };
  readonly revision: Revision | null;
  /** The host of a component, of the caller itself too. */
  host(component: Component): string;
  /** Of a port of the caller itself; null when it has none of that name. */
  ownPort(port: string): number | null;
  /** Of a port of a dependency. */
  portOf(component: Component, port: string): number | null;
  /** Where people reach a component. */
  publicUrl(component: Component): string | null;
  /** The login of a datastore; null when it has none that we know. */
  login(component: Component): Login | null;
  /** Null when it is unknown, or missing and optional. */
  dependency(name: string): Component | null;
  secret(reference: SecretRef): string;
  /** Of a test suite only. */
  readonly entry?: { readonly host: string; readonly port: number; readonly url: string };
}

type Resolved = { readonly value: string; readonly secret: boolean } | null;

/** @param self - Null for a test suite, which is no component. */
export function renderVariables(
  environment: readonly EnvironmentVariable[],
  self: Component | null,
  around: Surroundings,
): Variables {
  const plain: Record<string, string> = {};
  const secret: Record<string, string> = {};
  for (const variable of environment) {
    const rendered = renderValue(variable, self, around);
    (rendered.secret ? secret : plain)[variable.name] = rendered.text;
  }
  const [first] = self?.ports ?? [];
  const port = first === undefined ? null : around.ownPort(first.name);
  if (port !== null) plain['PORT'] = String(port);
  return { plain, secret };
}

function renderValue(
  { value }: EnvironmentVariable,
  self: Component | null,
  around: Surroundings,
): Rendered {
  if (value.kind === 'secret') return { text: around.secret(value.secretRef), secret: true };
  return renderTemplate(value.template, (reference) => resolve(reference, self, around));
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
        : outputOf(reference.output, component, around, (port) => around.portOf(component, port));
    }
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
      return open(around.host(component));
    case 'port':
      return open(portOf(output.port));
    case 'publicUrl':
      return open(around.publicUrl(component));
    case 'url':
      return urlOf(component, around, portOf);
    case 'username':
    case 'database':
    case 'password':
      return loginOutputOf(output.kind, component, around.login(component));
  }
}

function loginOutputOf(
  output: 'username' | 'database' | 'password',
  { datastore }: Component,
  login: Login | null,
): Resolved {
  if (output === 'password') return { value: login?.password ?? '', secret: true };
  return open(login?.[output] ?? datastore?.[output]);
}

function urlOf(component: Component, around: Surroundings, portOf: PortOf): Resolved {
  const [first] = component.ports;
  const port = first === undefined ? null : portOf(first.name);
  if (first === undefined || port === null) return null;
  const address = `${around.host(component)}:${port}`;
  if (component.datastore === undefined) return open(`${first.protocol}://${address}`);
  const { engine } = component.datastore;
  const login = around.login(component);
  return login === null
    ? open(`${urlSchemeOf(engine)}://${address}`)
    : { value: datastoreUrl(engine, address, login), secret: true };
}

function open(value: string | number | null | undefined): Resolved {
  return value === null || value === undefined ? null : { value: String(value), secret: false };
}

function revisionField(
  revision: Revision | null,
  field: 'sha' | 'short' | 'branch',
): string | null {
  if (revision === null) return null;
  return field === 'short' ? revision.sha.slice(0, SHORT_SHA_LENGTH) : revision[field];
}

const SHORT_SHA_LENGTH = 7;

/** The image of what runs at a revision; what names a revision that is not known renders empty there. */
export function renderImage(image: string, revision: Revision | null): string {
  return renderTemplate(image, (reference) =>
    reference.kind === 'revision' ? open(revisionField(revision, reference.field)) : null,
  ).text;
}
