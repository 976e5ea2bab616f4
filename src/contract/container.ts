import * as z from 'zod';
import { commandSchema } from './environment-value.ts';
import { expected } from './expected.ts';
import { cpuSchema, memorySchema } from './quantity.ts';

/** The keys of `spec` that shape a container: what it needs, what it may, what it runs. */

const PATH_PHRASE = 'an absolute path like "/var/cache"';
const pathSchema = z
  .string()
  .max(1024, expected(PATH_PHRASE))
  .regex(/^\/(?!.*(?:^|\/)\.\.(?:\/|$))[^:\0]*$/u, expected(PATH_PHRASE));

const USER_PHRASE = 'the number of a user, 0 to 2147483647';

/** Those that Pod Security `baseline` admits. */
const CAPABILITIES = [
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

export const resourcesSchema = z
  .strictObject({
    cpu: cpuSchema.optional().describe('Processor, for example 100m. Default: 100m.'),
    memory: memorySchema.optional().describe('Memory, for example 128Mi. Default: 128Mi.'),
    limits: z
      .strictObject({
        cpu: cpuSchema.optional().describe('Processor it may use at most. Default: no limit.'),
        memory: memorySchema
          .optional()
          .describe(
            'Memory it may use at most. Default: twice `memory`, at least 256Mi, and `sharedMemory`.',
          ),
      })
      .optional()
      .describe('What it may use at most, on a cluster.'),
    ephemeralStorage: memorySchema
      .optional()
      .describe(
        'Disk for logs and temporary files, kept free for it and its limit. Default: not said.',
      ),
    sharedMemory: memorySchema
      .optional()
      .describe("Size of `/dev/shm`. Default: the runtime's, mostly 64Mi."),
  })
  .describe('What it needs, for caps and scheduling.');

const PHRASE_REPLICAS = 'a whole number between 1 and 100';

export const CONTAINER_KEYS = {
  replicas: z
    .int(expected(PHRASE_REPLICAS))
    .min(1, expected(PHRASE_REPLICAS))
    .max(100, expected(PHRASE_REPLICAS))
    .optional()
    .describe('How many of it run, on a cluster. Default: 1.'),
  container: z
    .strictObject({
      command: commandSchema.optional().describe("In place of the image's entry point."),
      args: z.array(z.string()).optional().describe("In place of the image's arguments."),
    })
    .optional()
    .describe('What its container runs. Default: what the image says.'),
  security: z
    .strictObject({
      runAsNonRoot: z
        .boolean()
        .optional()
        .describe('`false`: its image may run as root. Default: true.'),
      runAsUser: z
        .int(expected(USER_PHRASE))
        .min(0, expected(USER_PHRASE))
        .max(2_147_483_647, expected(USER_PHRASE))
        .optional()
        .describe("Number of the user it runs as. Default: the image's."),
      readOnlyRootFilesystem: z
        .boolean()
        .optional()
        .describe('It writes only to `writable`. Default: false.'),
      capabilities: z
        .array(z.enum(CAPABILITIES, expected(`one of ${CAPABILITIES.join(', ')}`)))
        .optional()
        .describe('Capabilities it needs; all others are dropped. Default: none.'),
    })
    .optional()
    .describe('What its container may do.'),
  writable: z
    .array(pathSchema)
    .optional()
    .describe('Folders that it writes to: empty at the start, gone with it.'),
  storage: z
    .strictObject({
      size: memorySchema.optional().describe('How much it may hold. Default: 1Gi.'),
      path: pathSchema.optional().describe("Where its data is. Default: the engine's usual place."),
      persistent: z
        .boolean()
        .optional()
        .describe(
          '`true`: a volume that outlives its pod, removed with the environment. Default: false.',
        ),
      class: z
        .string()
        .regex(/^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/u, expected('the name of a StorageClass'))
        .optional()
        .describe("StorageClass of a persistent volume. Default: the cluster's."),
    })
    .optional()
    .describe('Where a datastore keeps its data.'),
};
