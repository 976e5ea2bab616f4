import type { Variables } from '../../../../domain/configuration/variables.ts';
import { isRecord, listAt, textAt, valueAt } from '../../client/read-object.ts';
import { fromSecret, variablesName } from '../configuration.ts';
import { hasKnownImage, imageOf, repositoryOf } from '../images.ts';
import { podBasics, SERVICE_ACCOUNT } from '../pods.ts';
import type { ComponentScene } from '../scene.ts';
import type { Readdress } from './addresses.ts';
import type { CopiedNames } from './copied-configuration.ts';
import { copiedVolumes } from './copied-volumes.ts';

/** The pod of a copied workload, as it may run beside the one that it was copied from. */

type Fields = Readonly<Record<string, unknown>>;

export interface PodCopy {
  /** Of the original. */
  readonly spec: unknown;
  /** Of the catalog: they go before what was copied. */
  readonly variables: Variables;
  readonly addresses: Readdress;
  readonly names: CopiedNames;
}

/**
 * Not taken along: where exactly it runs, who it is to the API server and what it may do to its node; the
 * scheduler and Pod Security decide these anew. Rules about other pods name labels that do not exist here.
 */
const LEFT_BEHIND: ReadonlySet<string> = new Set([
  'affinity',
  'automountServiceAccountToken',
  'containers',
  'enableServiceLinks',
  'ephemeralContainers',
  'hostAliases',
  'hostIPC',
  'hostNetwork',
  'hostPID',
  'hostname',
  'imagePullSecrets',
  'initContainers',
  'nodeName',
  'preemptionPolicy',
  'priority',
  'priorityClassName',
  'restartPolicy',
  'schedulerName',
  'securityContext',
  'serviceAccount',
  'serviceAccountName',
  'subdomain',
  'topologySpreadConstraints',
  'volumes',
]);

export function copiedPod(
  scene: ComponentScene,
  copy: PodCopy,
): { readonly container: string; readonly spec: Fields } {
  const containers = listAt(copy.spec, 'containers').filter(isRecord);
  const main = mainContainer(scene, containers);
  const change = (container: Fields): Fields => changed(scene, copy, container, main);
  const initial = listAt(copy.spec, 'initContainers').filter(isRecord);
  const kept = Object.entries(isRecord(copy.spec) ? copy.spec : {}).filter(
    ([key]) => !LEFT_BEHIND.has(key),
  );
  const volumes = copiedVolumes(copy.spec, containers, copy.names);
  return {
    container: main ?? scene.component.name,
    spec: {
      ...Object.fromEntries(kept),
      ...podBasics(scene),
      serviceAccountName: SERVICE_ACCOUNT,
      ...pullSecrets(scene, copy),
      restartPolicy: scene.order.task.kind === 'run' ? 'Never' : 'Always',
      securityContext: podSecurityOf(copy.spec),
      ...(initial.length === 0 ? {} : { initContainers: initial.map(change) }),
      containers: containers.map(change),
      ...(volumes.length === 0 ? {} : { volumes }),
    },
  };
}

/** The one that runs the component's image, else the first; the others are sidecars. */
function mainContainer(
  { component }: ComponentScene,
  containers: readonly Fields[],
): string | null {
  const repository = component.image === undefined ? null : repositoryOf(component.image);
  const found =
    containers.find((container) => repositoryOf(textAt(container, 'image') ?? '') === repository) ??
    containers[0];
  return textAt(found, 'name');
}

function changed(
  scene: ComponentScene,
  copy: PodCopy,
  container: Fields,
  main: string | null,
): Fields {
  const { component, revision } = scene;
  const isMain = textAt(container, 'name') === main;
  const { ports, env, envFrom, command, args, ...rest } = container;
  const image =
    isMain && hasKnownImage(component, revision) ? { image: imageOf(component, revision) } : {};
  const variables = environmentOf(listAt(env), copy);
  return {
    ...rest,
    ...image,
    ...texts('command', command, copy.addresses),
    ...texts('args', args, copy.addresses),
    ...list('ports', listAt(ports).filter(isRecord).map(withoutHostPort)),
    ...list(
      'envFrom',
      listAt(envFrom).map((source) => renamed(source, copy.names)),
    ),
    ...list('env', isMain ? withOwn(variables, scene, copy) : variables),
    ...(isMain ? component.container : {}),
  };
}

function environmentOf(env: readonly unknown[], copy: PodCopy): readonly Fields[] {
  return env.filter(isRecord).map((variable) => {
    const value = textAt(variable, 'value');
    if (value !== null) return { ...variable, value: copy.addresses(value) };
    const { valueFrom, ...rest } = variable;
    return isRecord(valueFrom) ? { ...rest, valueFrom: renamed(valueFrom, copy.names) } : variable;
  });
}

/** What the catalog says stands last and replaces what was copied. */
function withOwn(
  copied: readonly Fields[],
  { component }: ComponentScene,
  { variables: { plain, secret } }: PodCopy,
): readonly object[] {
  const said = new Set([...Object.keys(plain), ...Object.keys(secret)]);
  const name = variablesName(component.name);
  return [
    ...copied.filter((variable) => !said.has(textAt(variable, 'name') ?? '')),
    ...Object.keys(plain)
      .filter((key) => !Object.hasOwn(secret, key))
      .toSorted()
      .map((key) => ({ name: key, valueFrom: { configMapKeyRef: { name, key } } })),
    ...Object.keys(secret)
      .toSorted()
      .map((key) => fromSecret(key, name, key)),
  ];
}

/** References to ConfigMaps and Secrets in `envFrom` and `valueFrom`, by their new names. */
function renamed(source: unknown, names: CopiedNames): object {
  if (!isRecord(source)) return {};
  return Object.fromEntries(
    Object.entries(source).map(([key, reference]) => {
      const known = key.startsWith('configMap') ? names.configMaps : names.secrets;
      const name = textAt(reference, 'name');
      const isReference = key === 'configMapRef' || key.endsWith('KeyRef') || key === 'secretRef';
      return isReference && isRecord(reference) && name !== null
        ? [key, { ...reference, name: known.get(name) ?? name }]
        : [key, reference];
    }),
  );
}

function pullSecrets({ context }: ComponentScene, { spec, names }: PodCopy): object {
  const copied = listAt(spec, 'imagePullSecrets').flatMap((each) => {
    const name = textAt(each, 'name');
    return name === null ? [] : (names.secrets.get(name) ?? []);
  });
  const all = [...new Set([...copied, ...context.settings.imagePullSecrets])];
  return all.length === 0 ? {} : { imagePullSecrets: all.map((name) => ({ name })) };
}

function podSecurityOf(spec: unknown): object {
  const own = valueAt(spec, 'securityContext');
  return { seccompProfile: { type: 'RuntimeDefault' }, ...(isRecord(own) ? own : {}) };
}

function withoutHostPort({ hostPort: _there, hostIP: _address, ...port }: Fields): Fields {
  return port;
}

function texts(key: string, value: unknown, readdress: Readdress): object {
  if (!Array.isArray(value)) return {};
  return { [key]: value.map((text) => (typeof text === 'string' ? readdress(text) : text)) };
}

function list(key: string, values: readonly object[]): object {
  return values.length === 0 ? {} : { [key]: values };
}
