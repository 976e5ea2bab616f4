import type { Clock } from '../../../../application/ports/clock.ts';
import { complaint, passed, type Finding } from '../../../../application/ports/doctor.ts';
import { ERROR_CODES } from '../../../../domain/errors.ts';
import { KubeApiError } from '../../client/kube-api.ts';
import type { KubeObject } from '../../client/kube-object.ts';
import { RESOURCE_TYPES } from '../../client/resource-types.ts';
import { listAt, numberAt, textAt } from '../../engine/read-object.ts';
import type { Inspection } from '../inspection.ts';
import { DROPPED_BY_TAP } from '../../render/tap.ts';

/** Checks that need pods: short-lived ones, of an image that the caller names. */

const POLL_MS = 300;
const POD_TIMEOUT_MS = 60_000;
/** One try of a connection. Unit: seconds. */
const CONNECT_SECONDS = 3;

/** Opens a TCP connection with whatever the image has; 0 open, 1 not, 9 no tool for it. */
const CONNECT = `
host=$1; port=$2
if command -v node >/dev/null 2>&1; then
  exec node -e 'const s=require("net").connect(process.argv[2],process.argv[1]);s.setTimeout(${CONNECT_SECONDS}000,()=>process.exit(1));s.on("connect",()=>process.exit(0));s.on("error",()=>process.exit(1))' "$host" "$port"
elif command -v python3 >/dev/null 2>&1; then
  exec python3 -c 'import socket,sys
try: socket.create_connection((sys.argv[1],int(sys.argv[2])),${CONNECT_SECONDS})
except OSError: sys.exit(1)' "$host" "$port"
elif command -v bash >/dev/null 2>&1 && command -v timeout >/dev/null 2>&1; then
  timeout ${CONNECT_SECONDS} bash -c "exec 3<>/dev/tcp/$host/$port" && exit 0; exit 1
elif command -v nc >/dev/null 2>&1; then
  nc -w ${CONNECT_SECONDS} "$host" "$port" </dev/null >/dev/null && exit 0; exit 1
fi
exit 9
`;

/** Policies take effect a moment after the pod began: tries until it is refused. */
const CONNECT_UNTIL_REFUSED = `
tries=0
while [ $tries -lt 10 ]; do
  sh -c "$3" sh "$1" "$2" || exit $?
  tries=$((tries + 1))
  sleep 1
done
exit 0
`;

interface Probing {
  readonly inspection: Inspection;
  readonly clock: Clock;
  readonly namespace: string;
  readonly image: string;
}

/**
 * Two pods call the cluster's DNS; a policy forbids it to one of them. Enforced means that this one fails
 * and the other does not.
 */
export async function probeNetworkPolicy(probing: Probing): Promise<Finding> {
  const check = 'network policies';
  const { api } = probing.inspection;
  await api.create(RESOURCE_TYPES.networkPolicy, {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'nothing-out', namespace: probing.namespace },
    spec: { podSelector: { matchLabels: { probe: 'shut' } }, policyTypes: ['Egress'], egress: [] },
  });
  const { host, port } = await calledOne(probing);
  const scripts = { open: CONNECT, shut: CONNECT_UNTIL_REFUSED };
  const [open, shut] = await Promise.all(
    (['open', 'shut'] as const).map((name) =>
      exitCodeOfPod(probing, name, ['sh', '-c', scripts[name], 'sh', host, port, CONNECT]),
    ),
  );
  if (open === 0 && shut === 1) return passed(check, 'a pod that may call nobody reaches nobody');
  if (open === 0 && shut === 0) {
    return complaint(check, 'fail', {
      message: 'a pod that may call nobody reached another',
      code: 'NETWORK_POLICY_NOT_ENFORCED',
      costs: 'environments are not kept apart: a wrong address may reach another one',
      remedy: ERROR_CODES.NETWORK_POLICY_NOT_ENFORCED.remedy,
    });
  }
  const why =
    open === 9 ? `"${probing.image}" has no node, python3, bash or nc` : 'the pods did not start';
  return complaint(check, 'warn', {
    message: `could not be tried: ${why}`,
    code: 'PREFLIGHT_FAILED',
    costs: 'nobody knows whether environments are kept apart',
    remedy: 'name another image with `--image`',
  });
}

/**
 * The cluster's DNS, which runs in pods: calls of the API server end on a node, where many plugins enforce
 * nothing.
 */
async function calledOne({
  inspection: { api },
}: Probing): Promise<{ readonly host: string; readonly port: string }> {
  const dns = await api.get(RESOURCE_TYPES.service, { namespace: 'kube-system', name: 'kube-dns' });
  const address = textAt(dns, 'spec', 'clusterIP');
  return address === null
    ? { host: 'kubernetes.default.svc', port: '443' }
    : { host: address, port: '53' };
}

/** That the nodes can pull it, and run it as pods of environments run. */
export async function probeImage(probing: Probing): Promise<Finding> {
  const check = 'images';
  const exitCode = await exitCodeOfPod(probing, 'pull', ['sh', '-c', 'exit 0']);
  if (exitCode !== null) return passed(check, `"${probing.image}" can be pulled and runs`);
  return complaint(check, 'fail', {
    message: `"${probing.image}" did not start within ${POD_TIMEOUT_MS / 1_000} s`,
    code: 'IMAGE_PULL_FAILED',
    costs: 'components of that registry do not start',
    remedy: ERROR_CODES.IMAGE_PULL_FAILED.remedy,
  });
}

/** Whether a pod with the tap beside it would be admitted; nothing is made. */
export async function probeCapture({
  inspection: { api },
  namespace,
}: Pick<Probing, 'inspection' | 'namespace'>): Promise<Finding> {
  const check = 'capture';
  const tap = {
    name: 'tap',
    image: 'none',
    restartPolicy: 'Always',
    securityContext: {
      runAsUser: 0,
      allowPrivilegeEscalation: false,
      capabilities: { drop: DROPPED_BY_TAP },
      seccompProfile: { type: 'RuntimeDefault' },
    },
  };
  const pod = podOf({ namespace, image: 'none' }, 'capture', ['true'], [tap]);
  try {
    await api.apply(RESOURCE_TYPES.pod, pod, { dryRun: true });
    return passed(check, 'a sidecar of each pod may read its packets');
  } catch (error) {
    if (!(error instanceof KubeApiError)) throw error;
    return complaint(check, 'warn', {
      message: `a sidecar that reads packets is refused: ${error.message}`,
      code: 'CAPTURE_UNAVAILABLE',
      costs: 'calls are seen only where components report them by OpenTelemetry',
      remedy: 'allow Pod Security `baseline` in namespaces of environments',
    });
  }
}

function podOf(
  { namespace, image }: Pick<Probing, 'namespace' | 'image'>,
  name: string,
  command: readonly string[],
  initContainers: readonly unknown[] = [],
): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels: { probe: name } },
    spec: {
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 1,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      initContainers,
      containers: [
        {
          name: 'probe',
          image,
          command,
          resources: { requests: { cpu: '10m', memory: '16Mi' } },
          securityContext: { allowPrivilegeEscalation: false },
        },
      ],
    },
  };
}

/** Null when it did not end in time. */
async function exitCodeOfPod(
  { inspection: { api }, clock, namespace, image }: Probing,
  name: string,
  command: readonly string[],
): Promise<number | null> {
  await api.create(RESOURCE_TYPES.pod, podOf({ namespace, image }, name, command));
  const endMs = clock.nowMs() + POD_TIMEOUT_MS;
  while (clock.nowMs() < endMs) {
    const pod = await api.get(RESOURCE_TYPES.pod, { namespace, name });
    const [status] = listAt(pod, 'status', 'containerStatuses');
    const exitCode = numberAt(status, 'state', 'terminated', 'exitCode');
    if (exitCode !== null) return exitCode;
    await clock.sleep(POLL_MS);
  }
  return null;
}
