import * as z from 'zod';

/** `plan -o json` and `GET /api/v1/environments/{name}/plan` (design §9). Fields may be added, never renamed. */

export const revisionDocumentSchema = z.object({
  repository: z.string(),
  /** Full commit id. */
  sha: z.string(),
  branch: z.string().nullable(),
});

export const planDocumentSchema = z.object({
  environment: z.string(),
  isolation: z.enum(['path', 'full']),
  components: z.array(
    z.object({
      name: z.string(),
      role: z.enum(['changed', 'path', 'dependency', 'datastore', 'job', 'consumer']),
      reason: z.string(),
      /** The walk that proves the reason, for example `["gateway", "cart"]`. */
      witness: z.array(z.string()),
      /** Null with `--changed`, and for components without a source. */
      revision: revisionDocumentSchema.nullable(),
    }),
  ),
  boundary: z.array(z.object({ name: z.string(), usedBy: z.array(z.string()) })),
  tasks: z.array(
    z.object({
      id: z.string(),
      kind: z.string(),
      component: z.string().nullable(),
      /** Ids of the tasks it waits for, sorted. */
      after: z.array(z.string()),
    }),
  ),
  criticalPath: z.array(z.string()),
  cost: z.object({ cpuMillis: z.number(), memoryBytes: z.number() }),
  warnings: z.array(
    z.object({
      code: z.string(),
      component: z.string(),
      message: z.string(),
      witness: z.array(z.string()),
    }),
  ),
});

export type PlanDocument = z.infer<typeof planDocumentSchema>;
