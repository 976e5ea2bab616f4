import * as z from 'zod';
import { expected } from './expected.ts';

/** Texts that stand for amounts. Their values are computed by the rules; here is only their form. */

const DURATION_PATTERN =
  /^(?=\d)(?:\d{1,6}d)?(?:\d{1,6}h)?(?:\d{1,6}m(?!s))?(?:\d{1,6}s)?(?:\d{1,9}ms)?$/u;

export const durationSchema = z
  .string(expected('a duration like "90s", "5m" or "2h"'))
  .regex(DURATION_PATTERN, expected('a duration like "90s", "5m" or "2h"'));

const CPU_PHRASE = 'an amount of processor like "100m" or 0.5';
export const cpuSchema = z.union(
  [
    z.number().min(0.001, expected(CPU_PHRASE)).max(1024, expected(CPU_PHRASE)),
    z.string().regex(/^(?:\d{1,7}m|\d{1,4}(?:\.\d{1,3})?)$/u, expected(CPU_PHRASE)),
  ],
  expected(CPU_PHRASE),
);

const MEMORY_PHRASE = 'an amount of memory like "128Mi" or "1Gi"';
export const memorySchema = z.union(
  [
    z.int(expected(MEMORY_PHRASE)).positive(expected(MEMORY_PHRASE)),
    z.string().regex(/^\d{1,12}(?:\.\d{1,3})?(?:Ki|Mi|Gi|Ti|k|M|G|T)?$/u, expected(MEMORY_PHRASE)),
  ],
  expected(MEMORY_PHRASE),
);

export const portNumberSchema = z
  .int(expected('a number between 1 and 65535'))
  .min(1, expected('a number between 1 and 65535'))
  .max(65_535, expected('a number between 1 and 65535'));
