import {
  DEFAULT_CLUSTER_CHOICES as DEFAULTS,
  type CaptureChoice,
  type ClusterChoices,
  type EnvironmentTemplate,
  type ExposureSettings,
} from '../../application/project.ts';
import type { ProjectContract } from '../../contract/project.ts';
import { OperationError } from '../../domain/errors.ts';

/** What `offshoot.yaml` says about clusters, with every default filled in. */

type Spec = ProjectContract['spec'];

const ISSUER_ANNOTATION = 'cert-manager.io/cluster-issuer';

/** @throws {OperationError} `PROJECT_INVALID` when what belongs together is not there together. */
export function clusterChoicesOf(spec: Spec): ClusterChoices {
  const capture = captureOf(spec.capture);
  const capturesBaseline = capture.mode !== 'off' && spec.capture?.baseline === true;
  return {
    capture,
    ...(capturesBaseline ? { capturesBaseline } : {}),
    exposure: exposureOf(spec.exposure),
    template: templateOf(spec.environments?.template),
    imagePullSecrets: spec.imagePullSecrets ?? DEFAULTS.imagePullSecrets,
    ingressNamespaces: spec.ingressNamespaces ?? DEFAULTS.ingressNamespaces,
    controlNamespace: spec.controlNamespace ?? DEFAULTS.controlNamespace,
  };
}

function captureOf(capture: NonNullable<Spec['capture']> = {}): CaptureChoice {
  const { mode, image, tapImage } = capture;
  switch (mode) {
    case 'off':
      return { mode };
    case 'nodes':
      return { mode, tapImage: needed(tapImage, '`capture.mode: nodes` needs `capture.tapImage`') };
    case 'otlp':
      return { mode, image: needed(image, '`capture.mode: otlp` needs `capture.image`') };
    case 'tap':
      return tapOf(capture);
    case undefined:
      return Object.keys(capture).length === 0 ? DEFAULTS.capture : tapOf(capture);
  }
}

function tapOf({ image, tapImage, addNetRaw }: NonNullable<Spec['capture']>): CaptureChoice {
  if (image !== undefined && tapImage !== undefined) {
    return { mode: 'tap', image, tapImage, ...(addNetRaw === true ? { addsNetRaw: true } : {}) };
  }
  throw new OperationError(
    'PROJECT_INVALID',
    '`capture` needs both `capture.image` and `capture.tapImage`',
    {
      hint: 'or say `capture: { mode: off }`; `mode: otlp` needs no `tapImage`, `mode: nodes` no `image`',
    },
  );
}

function needed(image: string | undefined, complaint: string): string {
  if (image !== undefined) return image;
  throw new OperationError('PROJECT_INVALID', complaint);
}

function exposureOf(exposure: Spec['exposure'] = {}): ExposureSettings {
  const kind = exposure.kind ?? DEFAULTS.exposure.kind;
  if (kind === 'gateway' && exposure.gateway === undefined) {
    throw new OperationError(
      'PROJECT_INVALID',
      '`exposure.kind: gateway` needs `exposure.gateway`, expected its namespace and name',
    );
  }
  return {
    kind,
    className: exposure.className ?? null,
    gateway: exposure.gateway ?? null,
    tls: tlsOf(exposure.tls),
    port: exposure.port ?? null,
  };
}

function tlsOf(tls: NonNullable<Spec['exposure']>['tls']): ExposureSettings['tls'] {
  if (tls === undefined) return { kind: 'none' };
  if ('secret' in tls) return { kind: 'secret', name: tls.secret };
  return { kind: 'issuer', annotation: tls.annotation ?? ISSUER_ANNOTATION, issuer: tls.issuer };
}

function templateOf(template: NonNullable<Spec['environments']>['template']): EnvironmentTemplate {
  if (template === undefined) return DEFAULTS.template;
  const { labels, annotations, objects, quota } = template;
  return {
    labels,
    annotations,
    objects: objects.map(({ metadata, ...object }) => ({
      ...object,
      metadata: {
        name: metadata.name,
        ...(metadata.labels === undefined ? {} : { labels: metadata.labels }),
        ...(metadata.annotations === undefined ? {} : { annotations: metadata.annotations }),
      },
    })),
    quota: Object.fromEntries(Object.entries(quota).map(([what, most]) => [what, String(most)])),
  };
}
