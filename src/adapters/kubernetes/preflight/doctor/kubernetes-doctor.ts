import type { Clock } from '../../../../application/ports/clock.ts';
import {
  complaint,
  type Doctor,
  type DoctorOptions,
  type Finding,
} from '../../../../application/ports/doctor.ts';
import { OperationError } from '../../../../domain/errors.ts';
import { failureOf } from '../../engine/api-failures.ts';
import type { Inspection } from '../inspection.ts';
import {
  checkBaseline,
  checkClocks,
  checkConnection,
  checkControlNamespace,
  checkController,
  checkDefinitions,
  checkIngress,
  checkRights,
  checkRoom,
} from './basic-checks.ts';
import { probeCapture, probeImage, probeNetworkPolicy } from './pod-probes.ts';
import { inProbeNamespace } from './probe-namespace.ts';

/** `offshoot doctor` for a cluster: what reading tells first, then what only trying tells. */
export function kubernetesDoctor(inspection: Inspection, clock: Clock): Doctor {
  return {
    async *examine(options, signal) {
      const first = await attempt('API server', () => checkConnection(inspection));
      yield* first;
      // Without an answer there is nothing else to find.
      if (first.some(({ outcome }) => outcome === 'fail')) return;
      const readings: readonly [string, () => Promise<Finding | readonly Finding[]>][] = [
        ['rights', () => checkRights(inspection)],
        ['resource definitions', () => checkDefinitions(inspection)],
        ['control namespace', () => checkControlNamespace(inspection)],
        ['controller', () => checkController(inspection)],
        ['nodes', () => checkRoom(inspection)],
        ['baseline', () => checkBaseline(inspection)],
        ['exposure', () => checkIngress(inspection)],
        ['clocks', () => checkClocks(inspection, () => clock.nowMs())],
      ];
      for (const [check, look] of readings) {
        if (signal.aborted) return;
        yield* await attempt(check, look);
      }
      if (!signal.aborted) yield* await attempt('pods', () => tryOut(inspection, clock, options));
    },
  };
}

async function tryOut(
  inspection: Inspection,
  clock: Clock,
  { image }: DoctorOptions,
): Promise<readonly Finding[]> {
  return await inProbeNamespace(inspection, async (namespace) => {
    const capture = await probeCapture({ inspection, namespace });
    if (image === null) return [capture, withoutImage()];
    const probing = { inspection, clock, namespace, image };
    const pulled = await probeImage(probing);
    if (pulled.outcome !== 'pass') return [capture, pulled];
    return [capture, pulled, await probeNetworkPolicy(probing)];
  });
}

function withoutImage(): Finding {
  return complaint('network policies', 'warn', {
    message: 'not tried: no image was named',
    code: null,
    costs: 'nobody knows whether environments are kept apart, nor whether images can be pulled',
    remedy: 'name one that has a shell with `--image`, for example one of a component',
  });
}

async function attempt(
  check: string,
  look: () => Promise<Finding | readonly Finding[]>,
): Promise<readonly Finding[]> {
  try {
    const found = await look();
    return 'check' in found ? [found] : found;
  } catch (error) {
    const failure = failureOf(error, check);
    const isKnown = failure instanceof OperationError;
    return [
      complaint(check, 'fail', {
        message: failure instanceof Error ? failure.message : String(failure),
        code: isKnown ? failure.code : 'PREFLIGHT_FAILED',
        costs: 'what it would find stays unknown',
        remedy: isKnown ? failure.hint : 'read the message',
      }),
    ];
  }
}
