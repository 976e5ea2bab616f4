import * as z from 'zod';

/** One line of `calls decode -o json`, and `calls` of a report (design §9). Fields may be added, never renamed. */

export const callDocumentSchema = z.object({
  id: z.string(),
  /** `ip:port` or a component name; `test` and `outside` are callers. */
  client: z.string(),
  server: z.string(),
  protocol: z.string(),
  operation: z.string(),
  /** ISO 8601 with microseconds, for example `2026-08-20T09:00:00.000250Z`. */
  startedAt: z.string(),
  /** Null while open when the recording ended. */
  durationMs: z.number().nullable(),
  outcome: z.enum([
    'ok',
    'client_error',
    'server_error',
    'transport_error',
    'timeout',
    'cancelled',
    'unknown',
  ]),
  errorType: z.string().nullable(),
  reason: z.string().nullable(),
  side: z.enum(['client', 'server', 'both']),
});

export type CallDocument = z.infer<typeof callDocumentSchema>;
