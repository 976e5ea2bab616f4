import type { CaptureChoice } from '../../../application/project.ts';
import { isRecord, listAt, textAt } from '../client/read-object.ts';
import { ANALYSER, PROBES_MAX, TAP_SNAP_BYTES } from '../capture/agreement.ts';
import type { ClusterSettings } from './rendering.ts';

/** The tap: first of a pod's native sidecars, so that nothing of the pod talks before it listens. */

/** Everything a container has by default but the right to open raw sockets. */
const DROPPED_BY_TAP = [
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
] as const;

/** It opens the interfaces in a tenth of a second, and gives up waiting for the analyser after 20 s. */
const OPEN_SECONDS = 5;
const OPEN_TRIES = 10;

const TAP = 'offshoot-tap';

type Fields = Readonly<Record<string, unknown>>;
type Tapping = Extract<CaptureChoice, { mode: 'tap' }>;

/** The pod with the tap before everything else; the same pod where there are no taps. */
export function withTap(
  { capture }: Pick<ClusterSettings, 'capture'>,
  component: string,
  spec: Fields,
): Fields {
  if (capture.mode !== 'tap') return spec;
  const facts = { component, probes: probePathsOf(spec) };
  return {
    ...spec,
    initContainers: [tapContainer(capture, facts), ...listAt(spec, 'initContainers')],
  };
}

/**
 * It holds the default rights of a container but all that is not NET_RAW. Pod Security `baseline` refuses to add
 * even that one to none, so where the runtime gives it to nobody the namespace has to admit any pod.
 */
export function tapSecurity({ addsNetRaw }: Pick<Tapping, 'addsNetRaw'>): object {
  const isAdding = addsNetRaw === true;
  return {
    runAsUser: 0,
    runAsNonRoot: false,
    allowPrivilegeEscalation: false,
    capabilities: isAdding ? { drop: ['ALL'], add: ['NET_RAW'] } : { drop: DROPPED_BY_TAP },
    seccompProfile: { type: 'RuntimeDefault' },
  };
}

function tapContainer({ tapImage: image, ...capture }: Tapping, facts: object): object {
  return {
    name: TAP,
    image,
    restartPolicy: 'Always',
    env: [
      { name: 'ANALYSER_HOST', value: ANALYSER.name },
      { name: 'ANALYSER_PORT', value: String(ANALYSER.tapPort) },
      { name: 'POD_UID', valueFrom: { fieldRef: { fieldPath: 'metadata.uid' } } },
      { name: 'POD_IPS', valueFrom: { fieldRef: { fieldPath: 'status.podIPs' } } },
      { name: 'TAP_FACTS', value: JSON.stringify(facts) },
      { name: 'SNAP_BYTES', value: String(TAP_SNAP_BYTES) },
    ],
    resources: {
      requests: { cpu: '10m', memory: '16Mi' },
      limits: { cpu: '250m', memory: '16Mi' },
    },
    securityContext: tapSecurity(capture),
    startupProbe: {
      exec: { command: ['/usr/local/bin/tap-is-open'] },
      periodSeconds: 1,
      timeoutSeconds: OPEN_SECONDS,
      failureThreshold: OPEN_TRIES,
    },
  };
}

/** What the kubelet asks the pod for: nobody's call. */
export function probePathsOf(spec: Fields): readonly string[] {
  const paths = listAt(spec, 'containers')
    .filter(isRecord)
    .flatMap((container) =>
      ['startupProbe', 'readinessProbe', 'livenessProbe'].flatMap(
        (probe) => textAt(container, probe, 'httpGet', 'path') ?? [],
      ),
    );
  return [...new Set(paths)].slice(0, PROBES_MAX);
}
