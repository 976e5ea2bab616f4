import type { SuiteOrder } from '../../../../application/ports/engine.ts';
import { TEST_CALLER, type Component } from '../../../../domain/catalog/component.ts';
import { renderImage, renderVariables } from '../../../../domain/configuration/variables.ts';
import { OperationError } from '../../../../domain/errors.ts';
import { labelValueOf } from '../../../../domain/naming/names.ts';
import { definitionOf } from '../../../../domain/plan/plan-lookup.ts';
import { sha256Base32 } from '../../../../domain/naming/digest.ts';
import type { KubeObject } from '../../client/kube-object.ts';
import { RESOURCE_TYPES } from '../../client/resource-types.ts';
import { LABELS, MANAGED_BY } from '../../labels.ts';
import type { RenderedObject } from '../../render/rendering.ts';
import { withTap } from '../../render/tap.ts';
import { telemetryOf } from '../../render/telemetry.ts';
import { baselineServiceOf, findBaselineService } from '../existing/baseline-services.ts';
import { namespaceIn, type Site } from '../site.ts';
import { suiteSurroundings, type Entry } from './suite-surroundings.ts';
import { wrapped } from './suite-log.ts';
import { untilCaptured } from './until-captured.ts';

/** The objects of one run of a test suite: a Secret with its variables, then its Job. */

/** Kubernetes ends what nobody took away after this long. Unit: seconds. */
const TIME_TO_LIVE_SECONDS = 600;
/** Scheduling and pulling beside the suite's own time. Unit: seconds. */
const START_SECONDS = 300;
const GRACE_SECONDS = 2;
const NAME_HASH_LENGTH = 10;

/** @throws {OperationError} `TEST_SUITE_FAILED_TO_RUN` */
export async function suiteJob(
  site: Site,
  order: SuiteOrder,
  marker: string,
): Promise<readonly RenderedObject[]> {
  const { plan, suite, runId } = order;
  if (suite.image === undefined) {
    throw new OperationError(
      'TEST_SUITE_FAILED_TO_RUN',
      `suite "${suite.name}" has no "image", and a cluster runs nothing else`,
    );
  }
  const entry = await entryOf(site, order);
  const surroundings = await suiteSurroundings(site, order, entry);
  const { plain, secret } = renderVariables(suite.environment, null, surroundings);
  const name = `test-${sha256Base32(runId, NAME_HASH_LENGTH)}`;
  const namespace = namespaceIn(site, plan.environment);
  const labels = {
    [LABELS.managedBy]: MANAGED_BY,
    [LABELS.environment]: plan.environment,
    [LABELS.component]: TEST_CALLER,
    [LABELS.role]: 'suite',
    [LABELS.name]: labelValueOf(suite.name),
  };
  const metadata = { name, namespace, labels };
  const telemetry = Object.entries(telemetryOf(site.settings, TEST_CALLER)).filter(
    ([variable]) => !Object.hasOwn(secret, variable),
  );
  const variables = { ...Object.fromEntries(telemetry), ...plain };
  const container = containerOf(order, { marker, name, entry, variables });
  const { secret: secretType } = RESOURCE_TYPES;
  return [
    {
      type: secretType,
      object: {
        apiVersion: secretType.apiVersion,
        kind: secretType.kind,
        metadata,
        stringData: secret,
      },
    },
    jobOf(site, order, metadata, container),
  ];
}

interface ContainerParts {
  readonly marker: string;
  /** Of the Secret with the other variables. */
  readonly name: string;
  readonly entry: Entry;
  readonly variables: Readonly<Record<string, string>>;
}

function containerOf(
  { plan, suite, revision }: SuiteOrder,
  { marker, name, entry, variables }: ContainerParts,
): object {
  return {
    name: TEST_CALLER,
    image: renderImage(suite.image ?? '', revision),
    ...(suite.command === undefined
      ? {}
      : { command: wrapped(suite.command, marker, suite.junit) }),
    env: Object.entries({
      ...variables,
      OFFSHOOT_ENTRY_URL: entry.url,
      OFFSHOOT_ENVIRONMENT: plan.environment,
    }).map(([variable, value]) => ({ name: variable, value })),
    envFrom: [{ secretRef: { name } }],
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
    resources: { requests: { cpu: '100m', memory: '128Mi' } },
  };
}

function jobOf(
  site: Site,
  { suite }: SuiteOrder,
  metadata: KubeObject['metadata'],
  container: object,
): RenderedObject {
  const { job: type } = RESOURCE_TYPES;
  const spec = {
    backoffLimit: 0,
    ttlSecondsAfterFinished: TIME_TO_LIVE_SECONDS,
    activeDeadlineSeconds: Math.ceil(suite.timeoutMs / 1_000) + START_SECONDS,
    template: {
      metadata: { labels: metadata.labels },
      spec: untilCaptured(
        site.settings.capture,
        withTap(site.settings, TEST_CALLER, {
          restartPolicy: 'Never',
          terminationGracePeriodSeconds: GRACE_SECONDS,
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
          imagePullSecrets: site.settings.imagePullSecrets.map((pull) => ({ name: pull })),
          containers: [container],
        }),
      ),
    },
  };
  return { type, object: { apiVersion: type.apiVersion, kind: type.kind, metadata, spec } };
}

async function entryOf(site: Site, { plan, suite, target }: SuiteOrder): Promise<Entry> {
  const component = definitionOf(plan, suite.entry);
  if (component === undefined) {
    throw new OperationError(
      'TEST_SUITE_FAILED_TO_RUN',
      `the entry "${suite.entry}" of suite "${suite.name}" is neither in the environment nor used by it`,
      { hint: 'take it in with --include or name another suite' },
    );
  }
  const [port] = component.ports;
  if (port === undefined) {
    throw new OperationError('TEST_SUITE_FAILED_TO_RUN', `entry "${suite.entry}" has no port`);
  }
  const place =
    target === 'environment'
      ? { host: component.name, port: port.port }
      : await baselinePlace(site, component, port.name);
  return { ...place, url: `${port.protocol}://${place.host}:${place.port}` };
}

async function baselinePlace(
  site: Site,
  component: Component,
  port: string,
): Promise<{ readonly host: string; readonly port: number }> {
  const { clusterDomain, baselineNamespaces } = site.settings;
  const declared = component.ports.find(({ name }) => name === port)?.port ?? 0;
  if (baselineNamespaces.length === 0) {
    const namespace = namespaceIn(site, 'baseline');
    return { host: `${component.name}.${namespace}.svc.${clusterDomain}`, port: declared };
  }
  const service = await findBaselineService(site, component);
  if (service === null) {
    throw new OperationError(
      'BOUNDARY_MISSING',
      `the baseline has no Service for "${component.name}"`,
    );
  }
  const { namespace, name, ports } = baselineServiceOf(component, service, []);
  return {
    host: `${name}.${namespace}.svc.${clusterDomain}`,
    port: ports[port] ?? declared,
  };
}
