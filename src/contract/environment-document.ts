import * as z from 'zod';

/** `status -o json`, `list -o json` and `/api/v1/environments` (design §9). Fields may be added, never renamed. */

const conditionSchema = z.object({
  type: z.enum(['Ready', 'Progressing', 'Removing', 'Captured', 'Tested', 'Wired']),
  status: z.enum(['True', 'False', 'Unknown']),
  /** One CamelCase word. */
  reason: z.string(),
  message: z.string(),
  observedGeneration: z.int(),
  lastTransitionTime: z.string(),
});

const taskStatusSchema = z.object({
  id: z.string(),
  state: z.enum(['Pending', 'Running', 'Succeeded', 'Failed', 'Aborted', 'Skipped']),
  code: z.string().optional(),
  message: z.string().optional(),
  evidence: z.string().optional(),
  startedAt: z.string().optional(),
  finishedAt: z.string().optional(),
  attempts: z.int(),
  waitsFor: z.array(z.string()),
});

export const environmentDocumentSchema = z.object({
  name: z.string(),
  branch: z.string(),
  uid: z.string(),
  desired: z.enum(['up', 'removed']),
  /** Grows with every accepted request; the newest wins. */
  generation: z.int(),
  createdAt: z.string(),
  removedAt: z.string().nullable(),
  conditions: z.array(conditionSchema),
  tasks: z.array(taskStatusSchema),
  addresses: z.array(z.object({ component: z.string(), url: z.string() })),
});

export const environmentListDocumentSchema = z.object({
  environments: z.array(environmentDocumentSchema),
});

export type EnvironmentDocument = z.infer<typeof environmentDocumentSchema>;
