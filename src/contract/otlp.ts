import * as z from 'zod';
import { expected } from './expected.ts';

/** The key of `kind: Project` about OpenTelemetry. */

const URL_PHRASE = 'a URL like "https://collector.example:4318"';
const secretRefSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9][\w.-]*$/u, expected('the name of a secret'))
    .describe('Folder of the secret; on a cluster the Secret, in the control namespace.'),
  key: z
    .string()
    .regex(/^[A-Za-z0-9][\w.-]*$/u, expected('the name of a file'))
    .describe('File in it, or key.'),
});

export const otlpSchema = z
  .strictObject({
    receive: z
      .boolean(expected('true or false'))
      .optional()
      .describe(
        'Components get `OTEL_EXPORTER_OTLP_ENDPOINT`, and what their SDKs tell is joined with captured calls; on a cluster only where `capture` is on. Default: `false`.',
      ),
    export: z
      .strictObject({
        endpoint: z
          .string()
          .regex(/^https?:\/\/[^\s/@?#]+(?:\/[^\s?#]*)?$/u, expected(URL_PHRASE))
          .describe('Where OTLP over HTTP is taken, without `/v1/traces`.'),
        headers: z
          .strictObject({
            secretRef: secretRefSchema.describe('`name=value` pairs, separated by commas.'),
          })
          .optional()
          .describe('Headers of each request, from a secret.'),
      })
      .optional()
      .describe(
        'Hands captured calls on to a backend of your own, as spans; on a cluster only where `capture` has taps. Default: nowhere.',
      ),
  })
  .optional()
  .describe('OpenTelemetry as a second source of calls, and as a place to send them to.');
