import { complaint, passed, type Finding } from '../../../../application/ports/doctor.ts';
import { ERROR_CODES } from '../../../../domain/errors.ts';
import { RESOURCE_TYPES } from '../../client/resource-types.ts';
import { listAt, numberAt, textAt, valueAt } from '../../engine/read-object.ts';
import type { Inspection } from '../inspection.ts';
import { bytesOf, millisOf } from '../quantities.ts';
import { missingRights, rightsText, versionOf } from '../rights.ts';

/** Checks that only read. */

const MINOR_MIN = 29;

export async function checkConnection({ api }: Inspection): Promise<Finding> {
  const check = 'API server';
  const { body } = await api.request({ method: 'GET', path: '/version' });
  const minor = Number.parseInt(textAt(body, 'minor') ?? '', 10);
  const message = `Kubernetes ${versionOf(body)} answers`;
  if (!(minor < MINOR_MIN)) return passed(check, message);
  return complaint(check, 'warn', {
    message,
    code: null,
    costs: 'capture needs native sidecars, which began with Kubernetes 1.29',
    remedy: 'upgrade the cluster',
  });
}

export async function checkRights({ api, settings }: Inspection): Promise<readonly Finding[]> {
  const check = 'rights';
  const missing = await missingRights(api, `${settings.prefix}-doctor`);
  const needed = missing.filter(({ isOptional }) => !isOptional);
  const useful = missing.filter(({ isOptional }) => isOptional);
  const findings: Finding[] = [];
  if (needed.length > 0) {
    findings.push(
      complaint(check, 'fail', {
        message: `you may not: ${rightsText(needed)}`,
        code: 'CLUSTER_FORBIDDEN',
        costs: 'no environment comes up, or none goes away',
        remedy: 'ask for the ClusterRole of the Helm chart in `charts/offshoot`',
      }),
    );
  }
  if (useful.length > 0) {
    findings.push(
      complaint(check, 'warn', {
        message: `you may not: ${rightsText(useful)}`,
        code: 'CLUSTER_FORBIDDEN',
        costs: [...new Set(useful.map(({ purpose }) => purpose))].join('; '),
        remedy: 'ask for the ClusterRole of the Helm chart in `charts/offshoot`',
      }),
    );
  }
  return findings.length > 0 ? findings : [passed(check, 'everything that is needed is allowed')];
}

export async function checkDefinitions({ api }: Inspection): Promise<Finding> {
  const check = 'resource definitions';
  const types = [RESOURCE_TYPES.environment, RESOURCE_TYPES.report];
  const states = await Promise.all(
    types.map(async (type) => {
      const name = `${type.plural}.${type.apiVersion.split('/')[0] ?? ''}`;
      const found = await api.get(RESOURCE_TYPES.customResourceDefinition, { name });
      const isEstablished = listAt(found, 'status', 'conditions').some(
        (condition) =>
          textAt(condition, 'type') === 'Established' && textAt(condition, 'status') === 'True',
      );
      return { name, isEstablished };
    }),
  );
  const missing = states.filter(({ isEstablished }) => !isEstablished).map(({ name }) => name);
  if (missing.length === 0) return passed(check, 'Environment and Report are defined');
  return complaint(check, 'fail', {
    message: `the cluster does not have ${missing.join(' and ')}`,
    code: 'CRD_MISSING',
    costs: 'the first `offshoot up` brings them if it may, else it fails',
    remedy: ERROR_CODES.CRD_MISSING.remedy,
  });
}

export async function checkRoom({ api }: Inspection): Promise<Finding> {
  const check = 'nodes';
  const { items } = await api.list(RESOURCE_TYPES.node);
  const usable = items.filter(
    (node) =>
      valueAt(node, 'spec', 'unschedulable') !== true &&
      listAt(node, 'status', 'conditions').some(
        (condition) =>
          textAt(condition, 'type') === 'Ready' && textAt(condition, 'status') === 'True',
      ),
  );
  if (usable.length === 0) {
    return complaint(check, 'fail', {
      message: `none of ${items.length} nodes is ready and open for pods`,
      code: 'UNSCHEDULABLE',
      costs: 'nothing starts',
      remedy: 'add a node, or `kubectl uncordon` one',
    });
  }
  let cpuMillis = 0;
  let memoryBytes = 0;
  for (const node of usable) {
    cpuMillis += millisOf(textAt(node, 'status', 'allocatable', 'cpu') ?? '') ?? 0;
    memoryBytes += bytesOf(textAt(node, 'status', 'allocatable', 'memory') ?? '') ?? 0;
  }
  const gibibytes = (memoryBytes / 1024 ** 3).toFixed(1);
  const count = `${usable.length} ready node${usable.length === 1 ? '' : 's'}`;
  return passed(check, `${count} with ${cpuMillis / 1_000} cores and ${gibibytes} GiB for pods`);
}

export async function checkBaseline({ api, settings }: Inspection): Promise<readonly Finding[]> {
  const check = 'baseline';
  const { baselineNamespaces } = settings;
  if (baselineNamespaces.length === 0) {
    return [passed(check, 'Offshoot runs it, as much of it as environments need')];
  }
  return await Promise.all(
    baselineNamespaces.map(async (name) => {
      const found = await api.get(RESOURCE_TYPES.namespace, { name });
      if (found === null) {
        return complaint(check, 'fail', {
          message: `there is no namespace "${name}"`,
          code: 'BOUNDARY_MISSING',
          costs: 'what an environment does not run itself is not there',
          remedy: 'correct `baseline.namespaces` in `offshoot.yaml`',
        });
      }
      const { items } = await api.list(RESOURCE_TYPES.service, { namespace: name });
      return passed(
        check,
        `namespace "${name}" has ${items.length} Services; nothing is written there`,
      );
    }),
  );
}

export async function checkIngress({ api, settings }: Inspection): Promise<Finding> {
  const check = 'exposure';
  const { kind, className } = settings.exposure;
  if (kind === 'none') {
    return complaint(check, 'warn', {
      message: 'nothing is exposed',
      code: null,
      costs: 'people reach an environment only from within the cluster',
      remedy: 'set `exposure` in `offshoot.yaml` to `ingress` or `gateway`',
    });
  }
  const path =
    kind === 'ingress'
      ? '/apis/networking.k8s.io/v1/ingressclasses'
      : '/apis/gateway.networking.k8s.io/v1/gatewayclasses';
  const { status, body } = await api.request({ method: 'GET', path }).catch(() => ({
    status: 0,
    body: null,
  }));
  const names = listAt(body, 'items').map((item) => textAt(item, 'metadata', 'name') ?? '');
  const isThere = className === null ? names.length > 0 : names.includes(className);
  if (status === 200 && isThere)
    return passed(check, `${kind} by "${className ?? names.join(', ')}"`);
  return complaint(check, 'warn', {
    message:
      className === null || names.length === 0
        ? `the cluster has no class for ${kind}`
        : `the cluster has no class "${className}" for ${kind}, but ${names.join(', ')}`,
    code: null,
    costs: 'addresses of environments lead nowhere',
    remedy:
      'install a controller for it, or name another class under `exposure` in `offshoot.yaml`',
  });
}

/** Largest difference that does not disturb time windows of tests. Unit: milliseconds. */
const SKEW_MAX_MS = 1_000;

/** Of this machine to the API server, and of the nodes to it. */
export async function checkClocks(
  { api }: Inspection,
  nowMs: () => number,
): Promise<readonly Finding[]> {
  const check = 'clocks';
  const beforeMs = nowMs();
  const { headers } = await api.request({ method: 'GET', path: '/version' });
  const afterMs = nowMs();
  const serverMs = Date.parse(headers['date'] ?? '');
  // The header counts whole seconds: its middle is the best guess.
  const skewMs = Math.round((beforeMs + afterMs) / 2 - (serverMs + 500));
  const findings = Number.isNaN(serverMs)
    ? []
    : [clockFinding(check, 'this machine', skewMs, SKEW_MAX_MS + 500)];
  const { items } = await api
    .list(RESOURCE_TYPES.lease, { namespace: 'kube-node-lease' })
    .catch(() => ({ items: [] }));
  for (const lease of items) {
    const renewedMs = Date.parse(textAt(lease, 'spec', 'renewTime') ?? '');
    const writes = listAt(lease, 'metadata', 'managedFields').map((fields) =>
      Date.parse(textAt(fields, 'time') ?? ''),
    );
    const writtenMs = Math.max(...writes);
    if (!Number.isFinite(renewedMs) || !Number.isFinite(writtenMs)) continue;
    const differenceMs = Math.round(renewedMs - (writtenMs + 500));
    const name = `node "${lease.metadata.name}"`;
    findings.push(clockFinding(check, name, differenceMs, SKEW_MAX_MS + 500));
  }
  return findings;
}

function clockFinding(check: string, who: string, skewMs: number, maxMs: number): Finding {
  const size = Math.abs(skewMs);
  if (size <= maxMs) return passed(check, `${who} agrees with the API server to about a second`);
  return complaint(check, 'warn', {
    message: `${who} is ${(size / 1_000).toFixed(1)} s ${skewMs > 0 ? 'ahead of' : 'behind'} the API server`,
    code: 'CLOCK_SKEW',
    costs: 'calls are counted to the wrong test case, and Leases may look free while they are held',
    remedy: ERROR_CODES.CLOCK_SKEW.remedy,
  });
}

export async function checkControlNamespace({
  api,
  settings: { controlNamespace },
}: Inspection): Promise<Finding> {
  const check = 'control namespace';
  const found = await api.get(RESOURCE_TYPES.namespace, { name: controlNamespace });
  if (found === null)
    return passed(check, `"${controlNamespace}" is made by the first \`offshoot up\``);
  const plans = await api.list(RESOURCE_TYPES.configMap, { namespace: controlNamespace });
  const bytes = plans.items.reduce(
    (sum, { binaryData }) => sum + JSON.stringify(binaryData ?? '').length,
    0,
  );
  const kibibytes = Math.round(bytes / 1024);
  return passed(
    check,
    `"${controlNamespace}" holds ${plans.items.length} ConfigMaps, ${kibibytes} KiB`,
  );
}

export async function checkController({
  api,
  settings: { controlNamespace },
}: Inspection): Promise<Finding> {
  const check = 'controller';
  const { items } = await api.list(RESOURCE_TYPES.lease, { namespace: controlNamespace });
  const leader = items.find(({ metadata }) => metadata.name === 'offshoot-controller');
  const holder = textAt(leader, 'spec', 'holderIdentity') ?? '';
  const seconds = numberAt(leader, 'spec', 'leaseDurationSeconds') ?? 0;
  const untilMs = Date.parse(textAt(leader, 'spec', 'renewTime') ?? '') + seconds * 1_000;
  if (holder !== '' && untilMs > Date.now()) return passed(check, `"${holder}" leads`);
  return complaint(check, 'warn', {
    message: 'none is running',
    code: null,
    costs:
      'each command carries its own environment, and nothing heals or ends when no command runs',
    remedy: 'install the Helm chart in `charts/offshoot`, or run `offshoot controller`',
  });
}
