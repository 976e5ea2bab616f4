import * as z from 'zod';

/** `catalog graph -o json` and `GET /api/v1/catalog` (design §9). Fields may be added, never renamed. */

export const graphDocumentSchema = z.object({
  /** By name. */
  components: z.array(
    z.object({
      name: z.string(),
      type: z.enum(['service', 'worker', 'job', 'datastore', 'external']),
      sharing: z.enum(['isolated', 'shared']),
    }),
  ),
  /** By dependent, then dependency, then `via`. */
  dependencies: z.array(
    z.object({
      from: z.string(),
      to: z.string(),
      optional: z.boolean(),
      startup: z.enum(['wait', 'independent']),
      /** `call` for a declared dependency, `topic:<broker>/<topic>` for publisher → consumer. */
      via: z.string(),
    }),
  ),
  /** Strongly connected components of more than one, names sorted. */
  cycles: z.array(z.array(z.string())),
});
