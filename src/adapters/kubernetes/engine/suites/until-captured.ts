import type { CaptureChoice } from '../../../../application/project.ts';
import { listAt } from '../../client/read-object.ts';
import { containerSecurity } from '../../render/pods.ts';

/**
 * Where nodes capture in place of taps, the pod of a suite is seen only once its node has heard of its address: the
 * API server tells the analyser, which sends the node's capturer away, which begins anew. No network leads from an
 * environment to that analyser, so the suite waits long enough for all that.
 */

/** 0.3 to 2 seconds passed before the first call of a pod was seen, on two cores that were busy. */
const PAUSE_SECONDS = 5;
const NOBODY = 65_534;

export function untilCaptured(
  capture: CaptureChoice,
  spec: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  if (capture.mode !== 'nodes') return spec;
  const pause = {
    name: 'until-captured',
    image: capture.tapImage,
    command: ['sleep', String(PAUSE_SECONDS)],
    resources: { requests: { cpu: '10m', memory: '8Mi' }, limits: { cpu: '100m', memory: '16Mi' } },
    securityContext: {
      ...containerSecurity(),
      runAsUser: NOBODY,
      runAsNonRoot: true,
      readOnlyRootFilesystem: true,
    },
  };
  return { ...spec, initContainers: [...listAt(spec, 'initContainers'), pause] };
}
