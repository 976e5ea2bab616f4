import * as z from 'zod';

/** One mistake in what people wrote: `catalog lint -o json`, and `diagnostics` of problem bodies. */

export const diagnosticDocumentSchema = z.object({
  code: z.string(),
  severity: z.enum(['error', 'warning']),
  message: z.string(),
  hint: z.string().optional(),
  location: z
    .object({ file: z.string(), line: z.int().positive(), column: z.int().positive() })
    .optional(),
  component: z.string().optional(),
});
