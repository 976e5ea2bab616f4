import type { SecretRef } from '../../../../domain/catalog/component.ts';
import { STEP_RESOURCES } from '../container-resources.ts';
import { fromSecret } from '../configuration.ts';
import { containerSecurity, pullSecretsOf } from '../pods.ts';
import type { ClusterSettings } from '../rendering.ts';
import { SCRIPT_VARIABLES } from './script-parts.ts';

/**
 * A Job that works on a server kept for several environments. It runs where Offshoot itself lives: so the
 * administrator's login is in no environment, and it can take away what an environment has left.
 */
export interface ServerWork {
  readonly image: string;
  /** Number of the user that the image needs. */
  readonly user: number;
  readonly script: string;
  readonly admin: SecretRef;
  /** Secret with the environment's own password; null where none is needed. */
  readonly login: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly settings: ClusterSettings;
}

const DEADLINE_SECONDS = 300;

export function serverJobSpec(work: ServerWork): object {
  const { image, user, script, admin, login, labels, settings } = work;
  const container = {
    name: 'server',
    image,
    command: ['/bin/sh', '-c', script],
    env: [
      fromSecret(SCRIPT_VARIABLES.admin, admin.name, admin.key),
      ...(login === null ? [] : [fromSecret(SCRIPT_VARIABLES.password, login, 'password')]),
    ],
    resources: STEP_RESOURCES,
    securityContext: containerSecurity(),
  };
  return {
    backoffLimit: 0,
    activeDeadlineSeconds: DEADLINE_SECONDS,
    template: {
      metadata: { labels },
      spec: {
        enableServiceLinks: false,
        automountServiceAccountToken: false,
        ...pullSecretsOf(settings),
        restartPolicy: 'Never',
        securityContext: {
          runAsNonRoot: true,
          runAsUser: user,
          seccompProfile: { type: 'RuntimeDefault' },
        },
        containers: [container],
      },
    },
  };
}
