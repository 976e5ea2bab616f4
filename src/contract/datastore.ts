import * as z from 'zod';
import { topicSchema } from './dependency.ts';
import { nonEmptyTextSchema } from './envelope.ts';
import { commandSchema, secretRefSchema } from './environment-value.ts';
import { expected } from './expected.ts';

/** The keys of `spec` that only datastores have. */

const STEP_PHRASE = '{ files: [patterns] } or { command: [program, arguments] }';

const stepSchema = z.union(
  [
    z.strictObject({
      files: z
        .array(nonEmptyTextSchema)
        .min(1, expected('at least one file or pattern'))
        .describe('SQL files of its source, as paths or patterns; each runs once, in name order.'),
    }),
    z.strictObject({
      command: commandSchema.describe('Program and arguments, run in the folder of its source.'),
      image: nonEmptyTextSchema
        .optional()
        .describe(
          "Container image that the command runs in, on a cluster; may hold `${revision.…}`. Default: the datastore's.",
        ),
    }),
  ],
  expected(STEP_PHRASE),
);

const SQL_NAME = /^[A-Za-z_][A-Za-z0-9_$-]{0,62}$/u;
const SQL_NAME_PHRASE = 'a name of at most 63 letters, digits, "_" and "-"';

export const DATASTORE_KEYS = {
  engine: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,39}$/u, expected('a name like "postgres" or "redis"'))
    .optional()
    .describe(
      'What speaks there. `postgres` runs on the embedded engine by itself; any other needs `embedded`. Default: the name of the image.',
    ),
  isolation: z
    .enum(['dedicated', 'logical', 'shared'])
    .optional()
    .describe(
      "`dedicated`: an instance of its own (default). `logical`: a database or prefix of its own on a server kept for it; needs `admin`. `shared`: the baseline's.",
    ),
  database: z
    .string()
    .regex(SQL_NAME, expected(SQL_NAME_PHRASE))
    .optional()
    .describe('Name of the database. Default: the name of the component with `_` for `-`.'),
  username: z
    .string()
    .regex(SQL_NAME, expected(SQL_NAME_PHRASE))
    .optional()
    .describe('User that components connect as. Default: the database name.'),
  admin: z
    .strictObject({ secretRef: secretRefSchema })
    .optional()
    .describe('Administrator secret of the server, for `isolation: logical`.'),
  migrations: stepSchema.optional().describe('Schema migrations, run after it is ready.'),
  seeds: stepSchema.optional().describe('Data to fill it with, after the migrations.'),
  indices: z.array(topicSchema).optional().describe('Search indices to create.'),
  topics: z.array(topicSchema).optional().describe('Topics to create on a broker.'),
};
