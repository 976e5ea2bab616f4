import { buildComponent, buildPorts } from './build-component.ts';
import type { ComponentType } from './component.ts';
import type { ComponentSpecDocument, ParsedComponent } from './documents.ts';
import { parseDuration } from '../duration.ts';
import type { Diagnostic } from '../diagnostic.ts';
import { listed } from './known-names.ts';

/** Which keys fit which type, and what the keys of one component say about each other. */

type SpecKey = keyof ComponentSpecDocument;

const RUN_BY_US: readonly ComponentType[] = ['service', 'worker', 'job', 'datastore'];
const CODE: readonly ComponentType[] = ['service', 'worker', 'job'];

/** Keys that only some types have. What is not listed fits every type. */
const TYPES_OF_KEY: readonly (readonly [SpecKey, readonly ComponentType[]])[] = [
  ['source', RUN_BY_US],
  ['image', RUN_BY_US],
  ['environment', RUN_BY_US],
  ['readiness', RUN_BY_US],
  ['resources', RUN_BY_US],
  ['liveness', ['service', 'worker', 'datastore']],
  ['replicas', ['service', 'worker']],
  ['container', RUN_BY_US],
  ['security', RUN_BY_US],
  ['writable', RUN_BY_US],
  ['storage', ['datastore']],
  ['embedded', RUN_BY_US],
  ['from', RUN_BY_US],
  ['expose', ['service']],
  ['sharing', CODE],
  ['external', ['external']],
  ['engine', ['datastore']],
  ['isolation', ['datastore']],
  ['database', ['datastore']],
  ['username', ['datastore']],
  ['admin', ['datastore']],
  ['migrations', ['datastore']],
  ['seeds', ['datastore']],
  ['indices', ['datastore']],
  ['topics', ['datastore']],
];

const READY_TIMEOUT_MS_MIN = 1000;
const READY_TIMEOUT_MS_MAX = 3_600_000;

export function checkKeys(parsed: ParsedComponent): readonly Diagnostic[] {
  return [
    ...misplacedKeys(parsed),
    ...missingKeys(parsed),
    ...unknownPorts(parsed),
    ...timeoutOutOfRange(parsed),
    ...rootAndNot(parsed),
    ...limitBelowNeed(parsed),
  ];
}

function misplacedKeys(parsed: ParsedComponent): Diagnostic[] {
  const { spec } = parsed.document;
  return TYPES_OF_KEY.filter(
    ([key, types]) => !types.includes(spec.type) && isWritten(spec[key]),
  ).map(([key, types]) =>
    problem(parsed, {
      code: 'CATALOG_INVALID_VALUE',
      message: `"${key}" does not fit a component of type "${spec.type}", expected type ${types.join(' or ')}`,
      hint:
        key === 'sharing' && spec.type === 'datastore'
          ? 'datastores have `isolation: shared` instead'
          : 'remove the key, or correct `type`',
      location: parsed.positionOf(['spec', key], 'key'),
    }),
  );
}

/** Defaults are filled in before: an empty mapping may be one, and saying nothing it does no harm. */
function isWritten(value: unknown): boolean {
  if (value === undefined || value === false) return false;
  return typeof value !== 'object' || value === null || Object.keys(value).length > 0;
}

function missingKeys(parsed: ParsedComponent): Diagnostic[] {
  const { spec } = parsed.document;
  const found: Diagnostic[] = [];
  if (spec.type === 'datastore' && spec.isolation === 'logical' && spec.admin === undefined) {
    found.push(
      problem(parsed, {
        code: 'LOGICAL_NO_ADMIN',
        message: '`isolation: logical` needs an administrator secret',
        hint: 'add `admin: { secretRef: { name: …, key: … } }`',
        location: parsed.positionOf(['spec', 'isolation']),
      }),
    );
  }
  if (parsed.isBroken) return found;
  if (spec.type === 'external' && spec.external === undefined) {
    found.push(
      problem(parsed, {
        code: 'CATALOG_MISSING_KEY',
        severity: 'warning',
        message: 'an external without `external.address` cannot be reached',
        hint: 'add `external: { address: … }`',
        location: parsed.positionOf(['spec', 'type']),
      }),
    );
  }
  if (spec.type === 'service' && spec.expose === true && Object.keys(spec.ports).length === 0) {
    found.push(
      problem(parsed, {
        code: 'CATALOG_MISSING_KEY',
        severity: 'warning',
        message: 'an exposed service without `ports` cannot be called',
        hint: 'add `ports: { http: … }`',
        location: parsed.positionOf(['spec', 'expose'], 'key'),
      }),
    );
  }
  return found;
}

function unknownPorts(parsed: ParsedComponent): Diagnostic[] {
  if (parsed.isBroken) return [];
  const { spec } = parsed.document;
  const ports = buildPorts(spec).map((port) => port.name);
  const used = Object.keys(spec.baseline?.ports ?? {}).map((port) => ({
    port,
    location: parsed.positionOf(['spec', 'baseline', 'ports', port], 'key'),
  }));
  for (const probe of ['readiness', 'liveness'] as const) {
    const port = spec[probe]?.port;
    if (port !== undefined)
      used.push({ port, location: parsed.positionOf(['spec', probe, 'port']) });
  }
  return used
    .filter(({ port }) => !ports.includes(port))
    .map(({ port, location }) =>
      problem(parsed, {
        code: 'CATALOG_BAD_REFERENCE',
        message: `there is no port "${port}", expected one of: ${listed(ports)}`,
        location,
      }),
    );
}

function timeoutOutOfRange(parsed: ParsedComponent): Diagnostic[] {
  const text = parsed.document.spec.readiness?.timeout;
  if (text === undefined || isInRange(text, READY_TIMEOUT_MS_MIN, READY_TIMEOUT_MS_MAX)) return [];
  return [
    problem(parsed, {
      code: 'CATALOG_INVALID_VALUE',
      message: `expected a duration between 1s and 1h, got "${text}"`,
      location: parsed.positionOf(['spec', 'readiness', 'timeout']),
    }),
  ];
}

function rootAndNot(parsed: ParsedComponent): Diagnostic[] {
  const { security } = parsed.document.spec;
  if (security?.runAsUser !== 0 || security.runAsNonRoot === false) return [];
  return [
    problem(parsed, {
      code: 'CATALOG_INVALID_VALUE',
      message: 'user 0 is root, expected another or `runAsNonRoot: false` beside it',
      location: parsed.positionOf(['spec', 'security', 'runAsUser']),
    }),
  ];
}

/** Nothing could ever be scheduled like that. */
function limitBelowNeed(parsed: ParsedComponent): Diagnostic[] {
  if (parsed.document.spec.resources?.limits === undefined) return [];
  const { resources } = buildComponent(parsed);
  const { limits = {} } = resources;
  return (['cpu', 'memory'] as const)
    .filter((what) =>
      what === 'cpu'
        ? isBelow(limits.cpuMillis, resources.cpuMillis)
        : isBelow(limits.memoryBytes, resources.memoryBytes),
    )
    .map((what) =>
      problem(parsed, {
        code: 'CATALOG_INVALID_VALUE',
        message: `the limit of ${what} is below what it needs, expected at least \`resources.${what}\``,
        location: parsed.positionOf(['spec', 'resources', 'limits', what]),
      }),
    );
}

function isBelow(limit: number | undefined, need: number): boolean {
  return limit !== undefined && limit < need;
}

/** Whether a duration lies in a range, both ends included; false for what is no duration. */
export function isInRange(text: string, minMs: number, maxMs: number): boolean {
  const ms = parseDuration(text);
  return ms !== null && ms >= minMs && ms <= maxMs;
}

function problem(
  { document }: ParsedComponent,
  found: Omit<Diagnostic, 'severity' | 'component'> & Pick<Partial<Diagnostic>, 'severity'>,
): Diagnostic {
  return { severity: 'error', component: document.metadata.name, ...found };
}
