import type { CaptureChoice } from '../../../application/project.ts';
import { ANALYSER } from '../capture/agreement.ts';
import { RESOURCE_TYPES } from '../client/resource-types.ts';
import { LABELS } from '../labels.ts';
import { labelsOf, type Draft } from './draft.ts';
import {
  handingOnArguments,
  handingOnMounts,
  handingOnObjects,
  handingOnVolumes,
} from './handing-on.ts';
import { containerSecurity, pullSecretsOf, SERVICE_ACCOUNT } from './pods.ts';
import type { ClusterSettings } from './rendering.ts';
import type { Scene } from './scene.ts';

/** The analyser of an environment: packets of its taps and spans in, calls out. It has no right at the API server. */

const SELECTOR = { [LABELS.role]: 'analyser' } as const;
const PORTS = [
  { name: 'taps', port: ANALYSER.tapPort },
  { name: 'calls', port: ANALYSER.callsPort },
  { name: 'otlp-grpc', port: ANALYSER.otlpGrpcPort },
  { name: 'otlp-http', port: ANALYSER.otlpHttpPort },
];
const USER = 65_532;
/** Of JavaScript's heap, below the container's limit. Unit: MiB. */
const HEAP_MEBIBYTES = 384;

/** Whether each environment has an analyser; what nodes capture goes to one beside the controllers. */
export function hasAnalyser(
  capture: CaptureChoice,
): capture is Extract<CaptureChoice, { mode: 'tap' | 'otlp' }> {
  return capture.mode === 'tap' || capture.mode === 'otlp';
}

export function analyserObjects(scene: Scene): readonly Draft[] {
  const { plan, context } = scene;
  const { capture } = context.settings;
  if (!hasAnalyser(capture)) return [];
  const labels = { ...labelsOf(plan, context.settings, null), ...SELECTOR };
  return [
    ...handingOnObjects(scene, SELECTOR),
    {
      type: RESOURCE_TYPES.service,
      name: ANALYSER.name,
      labels: SELECTOR,
      body: {
        spec: {
          type: 'ClusterIP',
          selector: SELECTOR,
          ports: PORTS,
        },
      },
    },
    {
      type: RESOURCE_TYPES.deployment,
      name: ANALYSER.name,
      labels: SELECTOR,
      body: {
        spec: {
          replicas: 1,
          revisionHistoryLimit: 0,
          // Two at once would share the streams between them.
          strategy: { type: 'Recreate' },
          selector: { matchLabels: SELECTOR },
          template: {
            metadata: { labels },
            spec: {
              enableServiceLinks: false,
              serviceAccountName: SERVICE_ACCOUNT,
              automountServiceAccountToken: false,
              ...pullSecretsOf(context.settings),
              securityContext: {
                runAsNonRoot: true,
                runAsUser: USER,
                seccompProfile: { type: 'RuntimeDefault' },
              },
              containers: [container(capture.image, context.settings)],
              ...handingOnVolumes(context.settings),
            },
          },
        },
      },
    },
  ];
}

function container(image: string, settings: ClusterSettings): object {
  return {
    name: 'analyser',
    image,
    args: [
      'tap',
      '--tap-port',
      String(ANALYSER.tapPort),
      '--calls-port',
      String(ANALYSER.callsPort),
      '--otlp-grpc-port',
      String(ANALYSER.otlpGrpcPort),
      '--otlp-http-port',
      String(ANALYSER.otlpHttpPort),
      // Only the environment's own pods can reach it.
      '--otlp-host',
      '*',
      ...handingOnArguments(settings),
    ],
    ...handingOnMounts(settings),
    env: [{ name: 'NODE_OPTIONS', value: `--max-old-space-size=${HEAP_MEBIBYTES}` }],
    ports: PORTS.map(({ name, port: containerPort }) => ({
      name,
      containerPort,
      protocol: 'TCP',
    })),
    resources: {
      requests: { cpu: '50m', memory: '96Mi' },
      limits: { cpu: '1', memory: '512Mi' },
    },
    securityContext: { ...containerSecurity(), readOnlyRootFilesystem: true },
    startupProbe: probe({ periodSeconds: 1, failureThreshold: 60 }),
    readinessProbe: probe({ periodSeconds: 5 }),
  };
}

function probe(more: object): object {
  return { httpGet: { path: '/healthz', port: 'calls' }, timeoutSeconds: 2, ...more };
}
