import { jsonSchemaOf } from '../../src/contract/json-schema.ts';

/**
 * The schema of the chart's values. What `offshoot.yaml` takes comes from the contract, so that both always
 * take the same.
 */

interface Schema {
  readonly [key: string]: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
}

/** Keys of `spec` that the chart itself decides. */
export const DECIDED = ['engine', 'context', 'catalog', 'secrets', 'controlNamespace'];

function strict(properties: Readonly<Record<string, Schema>>, more: Schema = {}): Schema {
  return { type: 'object', properties, additionalProperties: false, ...more };
}

function text(pattern?: string): Schema {
  return pattern === undefined ? { type: 'string' } : { type: 'string', pattern };
}

function list(items: Schema, more: Schema = {}): Schema {
  return { type: 'array', items, ...more };
}

function count(minimum: number, maximum: number): Schema {
  return { type: 'integer', minimum, maximum };
}

const SWITCH: Schema = { type: 'boolean' };
const NAME = { ...text('^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)?$'), maxLength: 253 };
const TEXTS: Schema = { type: 'object', additionalProperties: text() };
/** Of Kubernetes, which checks it itself. */
const OBJECT: Schema = { type: 'object' };
const OBJECTS = list(OBJECT);
const QUANTITY = text('^[0-9]+(?:\\.[0-9]+)?(?:m|k|Ki|M|Mi|G|Gi|T|Ti)?$');
const PORTS = list(count(1, 65_535), { minItems: 1 });
const AMOUNTS: Schema = {
  type: 'object',
  additionalProperties: { anyOf: [QUANTITY, { type: 'number', minimum: 0 }] },
};

const PLACEMENT = {
  resources: strict({ requests: AMOUNTS, limits: AMOUNTS }),
  priorityClassName: NAME,
  nodeSelector: TEXTS,
  tolerations: OBJECTS,
  affinity: OBJECT,
};
const POD = { ...PLACEMENT, env: OBJECTS, podAnnotations: TEXTS, podLabels: TEXTS };

export function valuesSchema(): object {
  const { properties: project = {} } = jsonSchemaOf('project') as Schema;
  const { metadata, spec } = project;
  const shared = Object.entries(spec?.properties ?? {}).filter(([key]) => !DECIDED.includes(key));
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Values of the chart `offshoot`',
    ...strict({
      nameOverride: NAME,
      fullnameOverride: NAME,
      image: strict({
        repository: text('^[^\\s@]*$'),
        tag: text('^[A-Za-z0-9_.-]{0,128}$'),
        digest: text('^(?:sha256:[0-9a-f]{64})?$'),
        pullPolicy: { type: 'string', enum: ['Always', 'IfNotPresent', 'Never'] },
      }),
      imagePullSecrets: list({ ...NAME, minLength: 1 }),
      project: strict(
        {
          name: metadata?.properties?.['name'] ?? {},
          spec: strict(withoutLookaround(Object.fromEntries(shared)), {
            description: 'As in `offshoot.yaml`, but what the chart decides itself.',
          }),
        },
        { required: ['name', 'spec'] },
      ),
      controller: strict({ replicas: count(1, 5), ...POD }),
      server: strict({
        enabled: SWITCH,
        watch: SWITCH,
        catalog: strict({ configMap: NAME, path: text('^(?:/.*)?$') }),
        git: strict({ sshSecret: NAME, credentialsSecret: NAME }),
        storage: QUANTITY,
        volumes: OBJECTS,
        volumeMounts: OBJECTS,
        ...POD,
      }),
      serviceAccount: strict({ annotations: TEXTS }),
      rbac: strict({ create: SWITCH, extraRules: OBJECTS }),
      podDisruptionBudget: strict({ enabled: SWITCH, minAvailable: count(0, 5) }),
      networkPolicy: strict({
        enabled: SWITCH,
        apiServerPorts: PORTS,
        gitPorts: PORTS,
        metricsFrom: OBJECTS,
        extraEgress: OBJECTS,
      }),
      serviceMonitor: strict({
        enabled: SWITCH,
        interval: text('^[0-9]+(?:ms|s|m)$'),
        labels: TEXTS,
      }),
      baselineCapture: strict({
        enabled: SWITCH,
        namespaces: list({ ...text('^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$'), maxLength: 63 }),
        environments: SWITCH,
        tapImage: text('^\\S*$'),
        nodeCidrs: list(text('^[0-9A-Fa-f.:]+/[0-9]{1,3}$')),
        tap: strict(PLACEMENT),
        analyser: strict(PLACEMENT),
      }),
      doctor: strict({ image: text('^\\S*$') }),
      // Of Helm, for charts that have this one among theirs.
      global: OBJECT,
    }),
  };
}

/** Helm's regular expressions know no lookaround; what one of these refuses, the program itself refuses. */
function withoutLookaround<Part>(part: Part): Part {
  const written = JSON.stringify(part, (key, value: unknown) =>
    key === 'pattern' && typeof value === 'string' && /\(\?[=!<]/u.test(value) ? undefined : value,
  );
  return JSON.parse(written) as Part;
}
