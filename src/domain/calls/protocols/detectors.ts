import type { Detector } from './decoder.ts';
import { DNS_DETECTOR } from './dns.ts';
import { HTTP1_DETECTOR } from './http1-detect.ts';

/** Every protocol that is read, one line each. Of several that say `yes` the first wins. */
export const DETECTORS: readonly Detector[] = [HTTP1_DETECTOR, DNS_DETECTOR];
