import { REDIS_SAMPLE } from './redis.ts';
import type { Sample } from './sample.ts';

/** One conversation of each protocol of requests and answers. */
export const SAMPLES: readonly Sample[] = [REDIS_SAMPLE];
