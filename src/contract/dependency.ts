import * as z from 'zod';
import { nonEmptyTextSchema } from './envelope.ts';
import { expected } from './expected.ts';

/** One entry of `spec.dependencies`: a name, or a mapping when there is more to say. */

const TOPIC = /^[A-Za-z0-9][A-Za-z0-9._-]{0,248}$/u;

export const topicSchema = z
  .string()
  .regex(TOPIC, expected('a topic name of letters, digits, dots, hyphens and underscores'));

export const dependencySchema = z.union(
  [
    nonEmptyTextSchema.describe('Name of the component it uses.'),
    z.strictObject({
      name: nonEmptyTextSchema.describe('Name of the component it uses.'),
      optional: z
        .boolean()
        .optional()
        .describe('It works without: a failure there does not abort it, and references are empty.'),
      startup: z
        .enum(['wait', 'independent'])
        .optional()
        .describe('`independent`: it starts without waiting. Default: `wait`.'),
      publishes: z.array(topicSchema).default([]).describe('Topics it writes to, on a broker.'),
      consumes: z.array(topicSchema).default([]).describe('Topics it reads from, on a broker.'),
    }),
  ],
  expected('the name of a component or { name: …, optional: …, startup: … }'),
);
