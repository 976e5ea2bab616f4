import * as z from 'zod';
import { nonEmptyTextSchema } from './envelope.ts';
import { expected } from './expected.ts';
import { portNumberSchema } from './quantity.ts';

/** The keys of `kind: Project` that say what environments look like on a cluster. */

const NAME_PHRASE = 'a name of lower-case letters, digits, dots and hyphens';
const objectNameSchema = z
  .string()
  .max(253, expected(NAME_PHRASE))
  .regex(/^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/u, expected(NAME_PHRASE));

const NAMESPACE_PHRASE = 'the name of a namespace';
const namespaceSchema = z
  .string()
  .max(63, expected(NAMESPACE_PHRASE))
  .regex(/^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/u, expected(NAMESPACE_PHRASE));

const textsSchema = z.record(z.string(), z.string());

const TLS_PHRASE = '{ secret: … } or { issuer: …, annotation: … }';

const exposureSchema = z
  .strictObject({
    kind: z
      .enum(['ingress', 'gateway', 'none'])
      .optional()
      .describe('How people reach exposed components. Default: `none`.'),
    className: objectNameSchema
      .optional()
      .describe("Class of the Ingress objects. Default: the cluster's."),
    gateway: z
      .strictObject({
        namespace: namespaceSchema.describe('Namespace it is in.'),
        name: objectNameSchema.describe('Its name.'),
      })
      .optional()
      .describe('The Gateway that HTTPRoutes attach to; needed by `kind: gateway`.'),
    tls: z
      .union(
        [
          z.strictObject({
            secret: objectNameSchema.describe('A wildcard certificate in the control namespace.'),
          }),
          z.strictObject({
            issuer: nonEmptyTextSchema.describe('Value of the annotation.'),
            annotation: nonEmptyTextSchema
              .optional()
              .describe('Its name. Default: `cert-manager.io/cluster-issuer`.'),
          }),
        ],
        expected(TLS_PHRASE),
      )
      .optional()
      .describe('Where certificates come from. Default: no TLS.'),
    port: portNumberSchema
      .optional()
      .describe("Port that people reach it by. Default: the scheme's own."),
  })
  .describe('How people reach what is exposed, on a cluster.');

const OBJECT_PHRASE = 'a namespaced Kubernetes object without `metadata.namespace`';

const templateObjectSchema = z.looseObject(
  {
    apiVersion: nonEmptyTextSchema.describe('As in any manifest.'),
    kind: nonEmptyTextSchema.describe('As in any manifest.'),
    metadata: z
      .strictObject({
        name: objectNameSchema.describe('Its name in every environment.'),
        labels: textsSchema.optional().describe('Its labels.'),
        annotations: textsSchema.optional().describe('Its annotations.'),
      })
      .describe("What it is called; the namespace is the environment's."),
  },
  expected(OBJECT_PHRASE),
);

const templateSchema = z
  .strictObject({
    labels: textsSchema.default({}).describe('Labels of every namespace of an environment.'),
    annotations: textsSchema.default({}).describe('Annotations of every such namespace.'),
    objects: z
      .array(templateObjectSchema)
      .default([])
      .describe('Further namespaced objects for every such namespace.'),
    quota: z
      .record(
        z.string(),
        z.union([z.string(), z.number()], expected('an amount like "20", "8Gi" or 4')),
      )
      .default({})
      .describe('Hard limits of its ResourceQuota, for example `pods: 100`. Default: none.'),
  })
  .describe("What an administrator adds to every environment's namespace.");

const IMAGE_PHRASE = 'the name of an image';
const imageSchema = z.string().regex(/^[^\s]{1,512}$/u, expected(IMAGE_PHRASE));

const captureSchema = z
  .strictObject({
    mode: z
      .enum(['tap', 'nodes', 'otlp', 'off'])
      .optional()
      .describe(
        '`nodes`: no taps, packets come from what the chart installs with `baselineCapture.environments`; needs `tapImage`. `otlp`: no taps, calls are what components tell as spans. Default: `tap` when both images are said, else `off`: no verdicts.',
      ),
    image: imageSchema
      .optional()
      .describe("Offshoot's own image: the analyser, one in each environment."),
    tapImage: imageSchema
      .optional()
      .describe('Image of the sidecar that captures, with `dumpcap` and a shell.'),
    addNetRaw: z
      .boolean(expected('true or false'))
      .optional()
      .describe(
        'Taps get the right NET_RAW added, for runtimes whose default rights lack it (CRI-O). Namespaces of environments then enforce Pod Security `privileged`, which admits any pod. Default: `false`.',
      ),
    baseline: z
      .boolean(expected('true or false'))
      .optional()
      .describe(
        'The calls of a baseline that runs already are captured too, by what the chart installs with `baselineCapture`. Default: `false`.',
      ),
  })
  .describe('How calls are captured, on a cluster.');

export const CLUSTER_KEYS = {
  capture: captureSchema.optional(),
  exposure: exposureSchema.optional(),
  environments: z
    .strictObject({ template: templateSchema.optional() })
    .optional()
    .describe('What all environments have in common, on a cluster.'),
  imagePullSecrets: z
    .array(objectNameSchema)
    .optional()
    .describe('Secrets of the control namespace that images are pulled with.'),
  ingressNamespaces: z
    .array(namespaceSchema)
    .optional()
    .describe('Namespaces whose pods may call into environments: ingress controllers.'),
  controlNamespace: namespaceSchema
    .optional()
    .describe('Namespace of Offshoot itself. Default: `offshoot-system`.'),
};
