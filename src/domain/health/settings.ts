import { elementAt } from '../must-have.ts';
import type { Amounts, PodFacts } from './facts.ts';
import type { Failed } from './health.ts';

/** A setting that did not take effect is an error: limits asked for against limits the kubelet reports. */

/** Runtimes round to whole pages and to what a quota of 100 ms can say. */
const MEMORY_SLACK_BYTES = 65_536;
const CPU_SLACK_MILLIS = 10;
const SLACK_RATIO = 0.02;

const MEBIBYTE = 1_048_576;

export function ignoredSetting(
  title: string,
  asked: Readonly<Record<string, Amounts>>,
  pods: readonly PodFacts[],
): Failed | null {
  for (const pod of pods) {
    for (const { name, state, given, sinceMs } of pod.containers) {
      const wanted = asked[name];
      if (wanted === undefined || given === null || state !== 'running') continue;
      const found = differences(wanted, given);
      if (found.length === 0) continue;
      const message = `"${title}" runs with ${elementAt(found, 0)}`;
      return { state: 'Failed', code: 'SETTING_IGNORED', message, sinceMs, evidenceOf: null };
    }
  }
  return null;
}

function differences(wanted: Amounts, given: Amounts): readonly string[] {
  const memory = difference(wanted.memoryBytes, given.memoryBytes, MEMORY_SLACK_BYTES);
  const cpu = difference(wanted.cpuMillis, given.cpuMillis, CPU_SLACK_MILLIS);
  return [
    ...memory.map(([found, asked]) => `a memory limit of ${mib(found)} instead of ${mib(asked)}`),
    ...cpu.map(([found, asked]) => `a processor limit of ${found}m instead of ${asked}m`),
  ];
}

/** What runs and what was asked for, when they differ. What is not reported is not known. */
function difference(
  wanted: number | null,
  given: number | null,
  slack: number,
): readonly (readonly [number, number])[] {
  if (wanted === null || given === null) return [];
  const differs = Math.abs(wanted - given) > Math.max(slack, wanted * SLACK_RATIO);
  return differs ? [[given, wanted]] : [];
}

function mib(bytes: number): string {
  return `${Math.round(bytes / MEBIBYTE)} MiB`;
}
