import * as z from 'zod';
import { nonEmptyTextSchema } from './envelope.ts';
import { expected } from './expected.ts';

/** Environment variables: texts with references, or values that only a secret holds. */

const SECRET_PART = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?$/u;
const SECRET_PHRASE = 'a name of letters, digits, dots, hyphens and underscores';

export const secretRefSchema = z
  .strictObject({
    name: z
      .string()
      .regex(SECRET_PART, expected(SECRET_PHRASE))
      .describe('Name of the Secret; on the embedded engine a folder under `secrets`.'),
    key: z
      .string()
      .regex(SECRET_PART, expected(SECRET_PHRASE))
      .describe('Key in the Secret; on the embedded engine a file in that folder.'),
  })
  .describe('Where the value is kept. It never appears in a plan, a log or a report.');

const VALUE_PHRASE = 'a text, a number, true, false or { secretRef: … }';

const environmentValueSchema = z.union(
  [
    z.string(),
    z.number(),
    z.boolean(),
    z.strictObject({ secretRef: secretRefSchema }).describe('A value that only a secret holds.'),
  ],
  expected(VALUE_PHRASE),
);

const VARIABLE_PHRASE =
  'a variable name of letters, digits, "_", "-" and ".", not starting with a digit';

export const environmentSchema = z
  .record(
    z.string().regex(/^[-._A-Za-z][-._A-Za-z0-9]*$/u, expected(VARIABLE_PHRASE)),
    environmentValueSchema,
  )
  .default({})
  .describe(
    'Environment variables. Texts may hold `${dependencies.NAME.host|ports.PORT|url|username|password|database|publicUrl}`, `${self.host|ports.PORT|publicUrl}`, `${environment.name|domain}` and `${revision.sha|short|branch}`; `$${` is a literal `${`.',
  );

export const commandSchema = z
  .array(nonEmptyTextSchema)
  .min(1, expected('a program and its arguments, as a list'));
