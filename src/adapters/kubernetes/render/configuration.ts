import { renderVariables, type Variables } from '../../../domain/configuration/variables.ts';
import { datastoreUrl } from '../../../domain/configuration/datastore-url.ts';
import { sha256Base32 } from '../../../domain/naming/digest.ts';
import { RESOURCE_TYPES } from '../client/resource-types.ts';
import { engineOf } from './datastore-engines.ts';
import type { Draft } from './draft.ts';
import type { ComponentScene } from './scene.ts';
import { loginOf, surroundingsOf } from './surroundings.ts';
import { telemetryOf } from './telemetry.ts';

/** What a component is configured by: a ConfigMap, and a Secret for all that derives from a secret. */

const DIGEST_LENGTH = 26;

/** Name of both; component names hold no `--`, so nothing else is called so. */
export function variablesName(component: string): string {
  return `${component}--variables`;
}

/** Of the Secret with the login that clients and steps use: `username`, `password`, `database`, `url`. */
export function loginName(component: string): string {
  return `${component}--login`;
}

/** Variables of the catalog, and below them what makes an SDK tell its spans, or what a datastore's engine is told by. */
export function variablesOf(scene: ComponentScene): Variables {
  const { component } = scene;
  const { plain, secret } = renderVariables(
    component.environment,
    component,
    surroundingsOf(scene),
  );
  const { datastore } = component;
  if (component.from !== undefined) return { plain, secret };
  const told =
    datastore === undefined
      ? telemetryOf(scene.context.settings, component.name)
      : (engineOf(component)?.variables(datastore, component.name) ?? {});
  const said = new Set(Object.keys(secret));
  const untold = Object.entries(told).filter(([name]) => !said.has(name));
  return { plain: { ...Object.fromEntries(untold), ...plain }, secret };
}

/** Only those that hold something. */
export function variableObjects(component: string, { plain, secret }: Variables): readonly Draft[] {
  const name = variablesName(component);
  const drafts: Draft[] = [];
  if (Object.keys(plain).length > 0) {
    drafts.push({ type: RESOURCE_TYPES.configMap, name, body: { data: sorted(plain) } });
  }
  if (Object.keys(secret).length > 0) drafts.push(secretDraft(name, secret));
  return drafts;
}

/** In the order in which they count: what is secret goes before what is plain, as on every engine. */
export function variableSources(
  component: string,
  { plain, secret }: Variables,
): readonly Readonly<Record<string, unknown>>[] {
  const name = variablesName(component);
  return [
    ...(Object.keys(plain).length > 0 ? [{ configMapRef: { name } }] : []),
    ...(Object.keys(secret).length > 0 ? [{ secretRef: { name } }] : []),
  ];
}

export function secretDraft(
  name: string,
  values: Readonly<Record<string, string>>,
  type = 'Opaque',
): Draft {
  const data = Object.entries(sorted(values)).map(([key, value]): [string, string] => [
    key,
    Buffer.from(value).toString('base64'),
  ]);
  return { type: RESOURCE_TYPES.secret, name, body: { type, data: Object.fromEntries(data) } };
}

/** Empty for a datastore without login. */
export function loginObjects({ component, context }: ComponentScene): readonly Draft[] {
  const login = loginOf(context, component);
  const { datastore, name, ports } = component;
  if (login === null || datastore === undefined) return [];
  const [port] = ports;
  const address = port === undefined ? name : `${name}:${port.port}`;
  const url = datastoreUrl(datastore.engine, address, login);
  return [secretDraft(loginName(name), { ...login, url })];
}

/** Changes whenever what a container is told changes, so that its pods restart. */
export function digestOf(content: unknown): string {
  return sha256Base32(JSON.stringify(content), DIGEST_LENGTH);
}

export function variablesDigest({ plain, secret }: Variables): string {
  return digestOf([Object.entries(sorted(plain)), Object.entries(sorted(secret))]);
}

function sorted(values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.keys(values)
      .toSorted()
      .map((key) => [key, values[key] ?? '']),
  );
}

/** One variable with a key of a Secret as its value. */
export function fromSecret(variable: string, secret: string, key: string): object {
  return { name: variable, valueFrom: { secretKeyRef: { name: secret, key } } };
}
