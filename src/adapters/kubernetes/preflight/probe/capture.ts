import { complaint, passed, type Finding } from '../../../../application/ports/doctor.ts';
import { KubeApiError } from '../../client/kube-api.ts';
import { RESOURCE_TYPES } from '../../client/resource-types.ts';
import { DROPPED_BY_TAP } from '../../render/tap.ts';
import { probePod, type ProbePlace } from './pods.ts';

/** Whether a pod with the tap beside it would be admitted; nothing is made. */
export async function tryCapture(
  { api, ...place }: Pick<ProbePlace, 'api' | 'namespace' | 'pullSecrets'>,
  isWanted: boolean,
): Promise<Finding> {
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
  const main = { name: 'probe', image: 'none', command: ['true'] };
  try {
    await api.apply(RESOURCE_TYPES.pod, probePod(place, 'capture', [main], [tap]), {
      dryRun: true,
    });
    return passed(check, 'a sidecar of each pod may read its packets');
  } catch (error) {
    if (!(error instanceof KubeApiError)) throw error;
    return complaint(check, isWanted ? 'fail' : 'warn', {
      message: `a sidecar that reads packets is refused: ${error.message}`,
      code: 'CAPTURE_UNAVAILABLE',
      costs: isWanted
        ? 'no pod with the tap is admitted, so no component starts'
        : 'calls are seen only where components report them by OpenTelemetry',
      remedy:
        'allow Pod Security `baseline` in namespaces of environments, or remove `capture` from `offshoot.yaml`',
    });
  }
}
