import * as z from 'zod';

/**
 * The resource `Environment` of the API group `offshoot.dev`: what `kubectl get environments` shows, and
 * what the command line, the server and the controller share. Its definition is generated from here.
 */

const NAME_MAX = 253;

/** `self` may not change once it is set. */
function immutable(what: string): Readonly<Record<string, unknown>> {
  const message = `${what} cannot be changed; remove the environment and make another`;
  return { 'x-kubernetes-validations': [{ rule: 'self == oldSelf', message }] };
}

export const environmentSpecSchema = z.object({
  branch: z
    .string()
    .min(1)
    .max(250)
    .meta({
      description: 'Branch of the change, in every repository.',
      ...immutable('the branch'),
    }),
  isolation: z.enum(['path', 'full']).meta({ description: 'How much runs inside.' }),
  pins: z
    .record(z.string(), z.string().max(250))
    .meta({ description: 'Component to branch, tag or commit.' }),
  entries: z.array(z.string().max(NAME_MAX)).meta({ description: 'What is called from outside.' }),
  include: z.array(z.string().max(NAME_MAX)).meta({ description: 'What was taken in by hand.' }),
  unchanged: z
    .enum(['baseline', 'head'])
    .meta({ description: 'Revision of components that are inside but unchanged.' }),
  project: z.string().max(4096).meta({ description: 'Project file of whoever asked for it.' }),
  desired: z
    .enum(['Up', 'Removed'])
    .meta({ description: 'What is wanted. `Removed` takes everything away and then this object.' }),
  request: z
    .string()
    .max(64)
    .meta({ description: 'Differs with every request, so that each has a generation of its own.' }),
  plan: z
    .object({
      hash: z.string().regex(/^[0-9a-f]{64}$/u),
      name: z.string().max(NAME_MAX).meta({ description: 'ConfigMaps `<name>-<part>`, from 0.' }),
      parts: z.int().min(1).max(1000),
    })
    .meta({ description: 'Where the plan lies, in the control namespace.' }),
});

const conditionSchema = z.object({
  type: z.string().max(316),
  status: z.enum(['True', 'False', 'Unknown']),
  reason: z.string().max(1024),
  message: z.string().max(32_768),
  observedGeneration: z.int(),
  lastTransitionTime: z.string(),
});

const taskSchema = z.object({
  id: z.string(),
  state: z.enum(['Pending', 'Running', 'Succeeded', 'Failed', 'Aborted', 'Skipped']),
  code: z.string().optional(),
  message: z.string().optional(),
});

export const environmentStatusSchema = z.object({
  observedGeneration: z.int(),
  conditions: z.array(conditionSchema).meta({
    description: '`Ready` first.',
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['type'],
  }),
  progress: z.string().meta({ description: 'Tasks done, of all.' }),
  counters: z.record(z.string(), z.int()).meta({ description: 'Number of tasks in each state.' }),
  tasks: z.array(taskSchema).meta({ description: 'Failed and unfinished tasks, at most 50.' }),
  addresses: z
    .array(z.object({ component: z.string(), url: z.string() }))
    .meta({ description: 'Where people reach what is exposed, at most 50.' }),
  updatedAt: z.string(),
  packed: z
    .string()
    .max(65_536)
    .meta({ description: 'All tasks and addresses, compressed, for programs.' }),
});

export type EnvironmentResourceSpec = z.infer<typeof environmentSpecSchema>;
export type EnvironmentResourceStatus = z.infer<typeof environmentStatusSchema>;
