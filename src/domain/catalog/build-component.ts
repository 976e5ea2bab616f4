import type {
  Component,
  ComponentType,
  Datastore,
  Dependency,
  EnvironmentVariable,
  Port,
  Readiness,
  Resources,
  Source,
  Storage,
  TestSuite,
} from './component.ts';
import type {
  ComponentDocument,
  ComponentSpecDocument,
  EnvironmentDocument,
  ParsedComponent,
  ParsedTestSuite,
  PortDocument,
  PositionOf,
  SourceDocument,
  StorageDocument,
} from './documents.ts';
import { parseDuration } from '../duration.ts';
import { parseCpuMillis, parseMemoryBytes } from './quantity.ts';

/** Documents to components: every default of the format is filled in here and nowhere else. */

const READY_TIMEOUT_MS_DEFAULT = 120_000;
const SUITE_TIMEOUT_MS_DEFAULT = 600_000;
const CPU_MILLIS_DEFAULT = 100;
const MEMORY_BYTES_DEFAULT = 128 * 1024 ** 2;
/** Of a datastore whose catalog entry says where its data is and not how much. */
const STORAGE_BYTES_DEFAULT = 1024 ** 3;

/** Ports of datastores that declare none, by engine. */
const ENGINE_PORTS: ReadonlyMap<string, number> = new Map([
  ['elasticsearch', 9200],
  ['kafka', 9092],
  ['mariadb', 3306],
  ['memcached', 11_211],
  ['mongo', 27_017],
  ['mongodb', 27_017],
  ['mysql', 3306],
  ['nats', 4222],
  ['opensearch', 9200],
  ['postgres', 5432],
  ['rabbitmq', 5672],
  ['redis', 6379],
  ['valkey', 6379],
]);

/** Ports whose name says that what they carry cannot be read as plain HTTP. */
const TCP_PORT_NAMES = new Set(['https', 'tls', 'tcp']);

export function buildComponent({ document, positionOf }: ParsedComponent): Component {
  const { metadata, spec } = document;
  return withoutUndefined({
    name: metadata.name,
    type: spec.type,
    owner: metadata.owner ?? null,
    labels: metadata.labels,
    source: buildSource(spec.source),
    image: spec.image,
    ports: buildPorts(spec),
    environment: buildEnvironment(spec.environment),
    dependencies: buildDependencies(spec, positionOf),
    readiness: buildReadiness(spec),
    liveness: definedParts(spec.liveness),
    resources: buildResources(spec),
    replicas: spec.replicas,
    container: definedParts(spec.container),
    security: definedParts(spec.security),
    writable: spec.writable,
    storage: buildStorage(spec.storage),
    expose: spec.expose ?? false,
    sharing: spec.sharing ?? 'isolated',
    datastore: spec.type === 'datastore' ? buildDatastore(document) : undefined,
    external: spec.external,
    baseline: definedParts(spec.baseline),
    embedded: definedParts(spec.embedded),
    from: spec.from,
    location: positionOf(['metadata', 'name']),
  });
}

export function buildTestSuite({ document, positionOf }: ParsedTestSuite): TestSuite {
  const { metadata, spec } = document;
  return withoutUndefined({
    name: metadata.name,
    source: buildSource(spec.source),
    entry: spec.entry,
    command: spec.command,
    image: spec.image,
    environment: buildEnvironment(spec.environment),
    timeoutMs: durationOr(spec.timeout, SUITE_TIMEOUT_MS_DEFAULT),
    junit: spec.junit,
    safeOnBaseline: spec.safeOnBaseline ?? false,
    location: positionOf(['metadata', 'name']),
  });
}

function buildSource(source: SourceDocument | undefined): Source | undefined {
  return source === undefined ? undefined : withoutUndefined(source);
}

/** Declared ports in the order written; those of a well-known engine where a datastore declares none. */
export function buildPorts(spec: ComponentSpecDocument): readonly Port[] {
  const declared = Object.entries(spec.ports);
  if (declared.length > 0 || spec.type !== 'datastore') {
    return declared.map(([name, port]) => buildPort(name, port, spec.type));
  }
  const engine = engineOf(spec);
  const port = ENGINE_PORTS.get(engine);
  return port === undefined ? [] : [{ name: engine, port, protocol: 'tcp' }];
}

function buildPort(name: string, port: PortDocument, type: ComponentType): Port {
  const usual = type === 'datastore' || TCP_PORT_NAMES.has(name) ? 'tcp' : 'http';
  if (typeof port === 'number') return { name, port, protocol: usual };
  return { name, port: port.port, protocol: port.protocol ?? usual };
}

function buildEnvironment(environment: EnvironmentDocument): readonly EnvironmentVariable[] {
  return Object.entries(environment).map(([name, value]) => ({
    name,
    value:
      typeof value === 'object'
        ? { kind: 'secret', secretRef: value.secretRef }
        : { kind: 'template', template: String(value) },
  }));
}

function buildDependencies(
  spec: ComponentSpecDocument,
  positionOf: PositionOf,
): readonly Dependency[] {
  return spec.dependencies.map((written, index) => {
    const location = positionOf(['spec', 'dependencies', index]);
    const from =
      typeof written === 'string' ? { name: written, publishes: [], consumes: [] } : written;
    return {
      name: from.name,
      optional: from.optional ?? false,
      startup: from.startup ?? 'wait',
      isStartupExplicit: from.startup === 'wait',
      publishes: from.publishes,
      consumes: from.consumes,
      location,
    };
  });
}

function buildReadiness({ readiness = {} }: ComponentSpecDocument): Readiness {
  return withoutUndefined({
    http: readiness.http,
    port: readiness.port,
    timeoutMs: durationOr(readiness.timeout, READY_TIMEOUT_MS_DEFAULT),
  });
}

function durationOr(text: string | undefined, otherwiseMs: number): number {
  return (text === undefined ? null : parseDuration(text)) ?? otherwiseMs;
}

function buildResources({ resources = {} }: ComponentSpecDocument): Resources {
  const { cpu, memory, limits, ephemeralStorage, sharedMemory } = resources;
  return withoutUndefined({
    cpuMillis: cpuMillisOf(cpu) ?? CPU_MILLIS_DEFAULT,
    memoryBytes: bytesOf(memory) ?? MEMORY_BYTES_DEFAULT,
    limits: definedParts(
      limits && { cpuMillis: cpuMillisOf(limits.cpu), memoryBytes: bytesOf(limits.memory) },
    ),
    ephemeralStorageBytes: bytesOf(ephemeralStorage),
    sharedMemoryBytes: bytesOf(sharedMemory),
  });
}

function buildStorage(storage: StorageDocument | undefined): Storage | undefined {
  if (storage === undefined) return undefined;
  return withoutUndefined({
    sizeBytes: bytesOf(storage.size) ?? STORAGE_BYTES_DEFAULT,
    path: storage.path,
    isPersistent: storage.persistent ?? false,
    className: storage.class,
  });
}

function cpuMillisOf(amount: string | number | undefined): number | undefined {
  return amount === undefined ? undefined : (parseCpuMillis(amount) ?? undefined);
}

function bytesOf(amount: string | number | undefined): number | undefined {
  return amount === undefined ? undefined : (parseMemoryBytes(amount) ?? undefined);
}

function buildDatastore({ metadata, spec }: ComponentDocument): Datastore {
  const database = spec.database ?? metadata.name.replaceAll('-', '_');
  return withoutUndefined({
    engine: engineOf(spec),
    isolation: spec.isolation ?? 'dedicated',
    database,
    username: spec.username ?? database,
    admin: spec.admin?.secretRef,
    migrations: definedParts(spec.migrations),
    seeds: definedParts(spec.seeds),
    indices: spec.indices ?? [],
    topics: spec.topics ?? [],
  });
}

/** What is declared, else the image's last path segment without tag, else `custom`. */
function engineOf(spec: Pick<ComponentSpecDocument, 'engine' | 'image'>): string {
  if (spec.engine !== undefined) return spec.engine;
  const image = spec.image?.split('/').at(-1)?.split(/[:@]/u)[0];
  return image === undefined || image === '' ? 'custom' : image;
}

type WithoutUndefined<T> = {
  [K in keyof T as undefined extends T[K] ? never : K]: T[K];
} & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** The same object without the keys whose value is undefined: absent means absent, also in JSON and tests. */
function withoutUndefined<T extends object>(value: T): WithoutUndefined<T> {
  return Object.fromEntries(
    Object.entries(value).filter(([, entry]) => entry !== undefined),
  ) as WithoutUndefined<T>;
}

function definedParts<T extends object>(value: T | undefined): WithoutUndefined<T> | undefined {
  return value === undefined ? undefined : withoutUndefined(value);
}
