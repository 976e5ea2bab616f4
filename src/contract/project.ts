import * as z from 'zod';
import { apiVersionSchema, metadataSchema, nonEmptyTextSchema } from './envelope.ts';
import { expected } from './expected.ts';
import { CLUSTER_KEYS } from './cluster.ts';
import { otlpSchema } from './otlp.ts';
import { durationSchema } from './quantity.ts';

/** The `kind: Project` document, `offshoot.yaml`: the settings of one installation (design §9). */

const LABEL = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/u;
const HOST = /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/u;

export const hostNameSchema = z
  .string()
  .max(180, expected('a host name of at most 180 characters'))
  .regex(HOST, expected('a host name like "offshoot.localhost"'));

export const prefixSchema = z
  .string()
  .max(20, expected('a DNS label of at most 20 characters'))
  .regex(LABEL, expected('a DNS label of at most 20 characters'));

const countSchema = z
  .int(expected('a whole number of at least 1'))
  .min(1, expected('a whole number of at least 1'))
  .max(10_000, expected('a whole number of at most 10000'));

export const ENGINES = ['embedded', 'kubernetes'] as const;

const projectSpecSchema = z
  .strictObject({
    catalog: z
      .union(
        [nonEmptyTextSchema, z.array(nonEmptyTextSchema).min(1, expected('at least one folder'))],
        expected('a folder or a list of folders'),
      )
      .optional()
      .describe('Folders with Component and TestSuite files, relative to this file.'),
    engine: z
      .enum(ENGINES)
      .optional()
      .describe(
        'What runs components. Default: `embedded`, or `kubernetes` when `context` is set.',
      ),
    context: nonEmptyTextSchema.optional().describe('Kubeconfig context of the cluster.'),
    clusterDomain: hostNameSchema.optional().describe('Default: `cluster.local`.'),
    prefix: prefixSchema
      .optional()
      .describe('Namespaces are called `<prefix>-<environment>`. Default: `offshoot`.'),
    domain: hostNameSchema
      .optional()
      .describe(
        'Exposed components are reached at `<environment>--<component>.<domain>`. Default: `offshoot.localhost`.',
      ),
    baseline: z
      .strictObject({
        namespaces: z.array(nonEmptyTextSchema).default([]).describe('Namespaces it runs in.'),
      })
      .optional()
      .describe('Where every component already runs, on a cluster.'),
    ...CLUSTER_KEYS,
    watch: z
      .strictObject({
        branches: z
          .array(nonEmptyTextSchema)
          .optional()
          .describe('Patterns of branches that get an environment by themselves.'),
      })
      .optional()
      .describe('What `offshoot watch` follows.'),
    ttl: durationSchema.optional().describe('How long an environment lives. Default: no end.'),
    caps: z
      .strictObject({
        environments: countSchema.optional().describe('Environments at once. Default: 20.'),
        concurrency: countSchema
          .optional()
          .describe('Tasks at once in one environment. Default: 8, on a cluster 256.'),
      })
      .optional()
      .describe('Limits of this installation.'),
    otlp: otlpSchema,
    secrets: nonEmptyTextSchema
      .optional()
      .describe(
        'Folder with `<name>/<key>` files for `secretRef`, relative to this file. Default: `secrets`.',
      ),
  })
  .default({})
  .describe('The settings.');

export const projectSchema = z
  .strictObject({
    apiVersion: apiVersionSchema,
    kind: z.literal('Project').describe('The settings of one installation.'),
    metadata: metadataSchema,
    spec: projectSpecSchema,
  })
  .meta({
    title: 'Offshoot Project',
    description: 'The settings of one installation, in `offshoot.yaml`.',
  });

export type ProjectContract = z.infer<typeof projectSchema>;
