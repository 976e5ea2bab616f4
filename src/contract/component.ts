import * as z from 'zod';
import { CONTAINER_KEYS, resourcesSchema } from './container.ts';
import { dependencySchema } from './dependency.ts';
import { DATASTORE_KEYS } from './datastore.ts';
import { apiVersionSchema, metadataSchema, nonEmptyTextSchema } from './envelope.ts';
import { commandSchema, environmentSchema } from './environment-value.ts';
import { expected } from './expected.ts';
import { durationSchema, portNumberSchema } from './quantity.ts';
import { sourceSchema } from './source.ts';

/**
 * The `kind: Component` document of design §5: one node of the catalog.
 *
 * Strict: an unknown key is an error. Only the form of one document is here; whether names and
 * references exist, and which keys fit which `type`, are the catalog's rules (`domain/catalog`).
 */

const PORT_NAME = /^[a-z](?:-?[a-z0-9])*$/u;
const PORT_NAME_PHRASE =
  'a port name of at most 15 lower-case letters, digits and single hyphens, starting with a letter';

const portNameSchema = z
  .string()
  .max(15, expected(PORT_NAME_PHRASE))
  .regex(PORT_NAME, expected(PORT_NAME_PHRASE));

const portSchema = z.union(
  [
    portNumberSchema.describe('Port number.'),
    z.strictObject({
      port: portNumberSchema.describe('Port number.'),
      protocol: z
        .enum(['http', 'tcp'])
        .optional()
        .describe(
          'How calls are read. Default: `http`, but `tcp` for datastores and ports named `tcp`, `tls` or `https`.',
        ),
    }),
  ],
  expected('a number between 1 and 65535 or { port: …, protocol: … }'),
);

const httpPathSchema = z.string().regex(/^\//u, expected('a path that starts with "/"'));

const readinessSchema = z
  .strictObject({
    http: httpPathSchema
      .optional()
      .describe('Path of a GET that answers 2xx or 3xx once ready. Default: a TCP connection.'),
    port: portNameSchema.optional().describe('Name of the port to probe. Default: the first one.'),
    timeout: durationSchema
      .optional()
      .describe('Longest wait from start to ready, 1s to 1h. Default: 2m.'),
  })
  .describe('How to tell that it is ready.');

const livenessSchema = z
  .strictObject({
    http: httpPathSchema.optional().describe('Path of a GET. Default: a TCP connection.'),
    port: portNameSchema.optional().describe('Name of the port to probe. Default: the first one.'),
  })
  .describe('How to tell that it hangs and has to be restarted. Default: it is never asked.');

const baselineSchema = z
  .strictObject({
    namespace: nonEmptyTextSchema.optional().describe('Namespace of the baseline it runs in.'),
    service: nonEmptyTextSchema.optional().describe('Name of its Service there.'),
    ports: z
      .record(portNameSchema, portNumberSchema)
      .default({})
      .describe('Port numbers there, by the port names of this component.'),
  })
  .describe('How the baseline calls it, only where that differs from the defaults.');

const embeddedSchema = z
  .strictObject({
    command: commandSchema.describe('Program and arguments, run in the folder of its source.'),
    build: commandSchema
      .optional()
      .describe('Program and arguments, run once per worktree before anything of it runs.'),
  })
  .describe('How the embedded engine runs it.');

const fromSchema = z
  .strictObject({
    kind: z
      .enum(['Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob'])
      .describe('Kind of the workload.'),
    namespace: nonEmptyTextSchema.describe('Namespace it runs in.'),
    name: nonEmptyTextSchema.describe('Name of the workload.'),
  })
  .describe(
    'A workload that already runs on the cluster; its pod template and Services are copied.',
  );

const externalSchema = z
  .strictObject({
    address: nonEmptyTextSchema.describe('Host name or IP address.'),
    cidrs: z
      .array(
        z
          .string()
          .regex(/^[0-9A-Fa-f.:]+\/\d{1,3}$/u, expected('an address range like "10.0.0.0/8"')),
      )
      .default([])
      .describe('Address ranges that environments may reach for it.'),
  })
  .describe('Where something that runs elsewhere is reached. Only for `type: external`.');

const componentSpecSchema = z
  .strictObject({
    type: z
      .enum(['service', 'worker', 'job', 'datastore', 'external'])
      .describe(
        '`service` answers calls, `worker` answers none, `job` runs to completion, `datastore` is a database, cache, broker or search index, `external` runs elsewhere.',
      ),
    source: sourceSchema.optional(),
    image: nonEmptyTextSchema
      .optional()
      .describe(
        'Container image; may hold `${revision.sha}`, `${revision.short}`, `${revision.branch}`.',
      ),
    ports: z
      .record(portNameSchema, portSchema)
      .default({})
      .describe('Ports it listens on, by name. The first one is also given to it as `PORT`.'),
    environment: environmentSchema,
    dependencies: z.array(dependencySchema).default([]).describe('Components it uses, by name.'),
    readiness: readinessSchema.optional(),
    liveness: livenessSchema.optional(),
    resources: resourcesSchema.optional(),
    ...CONTAINER_KEYS,
    expose: z
      .boolean()
      .optional()
      .describe('People or tests call it from outside. Only for services.'),
    sharing: z
      .enum(['isolated', 'shared'])
      .optional()
      .describe(
        '`shared`: environments never copy it unless changed. Only for services, workers and jobs.',
      ),
    baseline: baselineSchema.optional(),
    embedded: embeddedSchema.optional(),
    from: fromSchema.optional(),
    external: externalSchema.optional(),
    ...DATASTORE_KEYS,
  })
  .describe('What it is and needs.');

export const componentSchema = z
  .strictObject({
    apiVersion: apiVersionSchema,
    kind: z.literal('Component').describe('One node of the catalog.'),
    metadata: metadataSchema,
    spec: componentSpecSchema,
  })
  .meta({
    title: 'Offshoot Component',
    description: 'One node of an Offshoot catalog: a service, worker, job, datastore or external.',
  });
