import { complaint, passed, type Finding } from '../../../../application/ports/doctor.ts';
import type { CaptureChoice } from '../../../../application/project.ts';
import { KubeApiError } from '../../client/kube-api.ts';
import { RESOURCE_TYPES } from '../../client/resource-types.ts';
import { tapSecurity } from '../../render/tap.ts';
import { exitCodeOf, probePod, type ProbePlace } from './pods.ts';

/**
 * Whether taps can capture: whether a pod with one is admitted, and whether its runtime lets it read packets
 * then. The second is tried only where the project says which image to try it with.
 */

/** Of the pull, the start, and a second of capture. Unit: milliseconds. */
const RUN_MS = 30_000;
const RUN = 'dumpcap -q -p -i any -a duration:1 -w - >/dev/null';

const WITHOUT_SPANS = 'calls are seen only where components report them by OpenTelemetry';

/** Each sort of tap is remembered for itself: a setting must not be judged by the one before it. */
export function captureCheckOf(capture: CaptureChoice): string {
  return isAdding(capture) ? 'capture with NET_RAW added' : 'capture';
}

export async function tryCapture(place: ProbePlace, capture: CaptureChoice): Promise<Finding> {
  const check = captureCheckOf(capture);
  const isWanted = capture.mode === 'tap';
  try {
    await place.api.apply(RESOURCE_TYPES.pod, tappedPod(place, capture), { dryRun: true });
  } catch (error) {
    if (!(error instanceof KubeApiError)) throw error;
    return complaint(check, isWanted ? 'fail' : 'warn', {
      message: `a sidecar that reads packets is refused: ${error.message}`,
      code: 'CAPTURE_UNAVAILABLE',
      costs: isWanted ? 'no pod with the tap is admitted, so no component starts' : WITHOUT_SPANS,
      remedy: remedyOf('allow Pod Security `baseline` in namespaces of environments', capture),
    });
  }
  const exitCode = isWanted ? await exitCodeOfTap(place, capture) : null;
  if (exitCode === null || exitCode === 0) {
    const isSeen = exitCode === 0 ? 'reads its packets' : 'is admitted';
    return passed(check, `a sidecar of each pod ${isSeen}`);
  }
  return complaint(check, 'fail', {
    message: 'a sidecar that reads packets is admitted, but its runtime does not let it',
    code: 'CAPTURE_UNAVAILABLE',
    costs: `pods wait 20 seconds for it at their start, and ${WITHOUT_SPANS}`,
    remedy: remedyOf('add NET_RAW to the default rights of the container runtime', capture),
  });
}

function isAdding(capture: CaptureChoice): boolean {
  return capture.mode === 'tap' && capture.addsNetRaw === true;
}

function remedyOf(first: string, capture: CaptureChoice): string {
  const adding =
    '`capture.addNetRaw: true`, with which namespaces of environments enforce Pod Security `privileged`';
  const ways = isAdding(capture)
    ? ['admit pods that add NET_RAW, whatever else judges them']
    : [first, adding];
  return [...ways, '`capture: { mode: off }` in `offshoot.yaml`'].join('; or ');
}

function tappedPod(
  place: Pick<ProbePlace, 'namespace' | 'pullSecrets'>,
  capture: CaptureChoice,
): ReturnType<typeof probePod> {
  const tap = {
    name: 'tap',
    image: 'none',
    restartPolicy: 'Always',
    securityContext: securityOf(capture),
  };
  const main = { name: 'probe', image: 'none', command: ['true'] };
  return probePod(place, 'capture', [main], [tap]);
}

/** Null when it did not come to run in time, or its image is not there. */
async function exitCodeOfTap(
  place: ProbePlace,
  capture: Extract<CaptureChoice, { mode: 'tap' }>,
): Promise<number | null> {
  const name = 'capture-run';
  const container = {
    name: 'probe',
    image: capture.tapImage,
    command: ['bash', '-c', RUN],
    securityContext: securityOf(capture),
  };
  await place.api.create(RESOURCE_TYPES.pod, probePod(place, name, [container]));
  return await exitCodeOf(place, name, RUN_MS);
}

function securityOf(capture: CaptureChoice): object {
  return tapSecurity(capture.mode === 'tap' ? capture : {});
}
