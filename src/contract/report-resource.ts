import * as z from 'zod';

/**
 * The resource `Report` of the API group `offshoot.dev`: one test run, from its request to its report.
 * It outlives its environment. Its definition is generated from here.
 */

export const reportSpecSchema = z.object({
  id: z.string().max(253),
  environment: z.string().max(63),
  suite: z.string().max(253),
  requestedAt: z.string().optional().meta({
    description: 'Absent for a report that nobody requested as a test run.',
  }),
  suiteDefinition: z
    .string()
    .max(524_288)
    .meta({ description: 'The suite as JSON, so that who runs it reads no catalog.' })
    .optional(),
  revision: z.string().max(8192).meta({ description: "The suite's revision as JSON." }).optional(),
});

export const reportStatusSchema = z.object({
  state: z.enum(['Requested', 'Running', 'Finished']).optional(),
  outcome: z.enum(['passed', 'failed', 'error']).optional(),
  message: z.string().optional(),
  finishedAt: z.string().optional(),
  culprits: z
    .array(
      z.object({
        component: z.string(),
        origin: z.string(),
        code: z.string(),
        reason: z.string(),
      }),
    )
    .meta({ description: 'Best first, at most 10.' })
    .optional(),
  culprit: z.string().optional().meta({ description: 'The first culprit and its origin.' }),
  document: z
    .string()
    .max(786_432)
    .optional()
    .meta({ description: 'The whole report, compressed, for programs.' }),
});

export type ReportResourceSpec = z.infer<typeof reportSpecSchema>;
export type ReportResourceStatus = z.infer<typeof reportStatusSchema>;
