import type { LogLine } from '../../../../application/ports/engine.ts';
import { linesOf } from '../logs.ts';

/**
 * What a suite's pod says by its log: when the command began and ended, and its JUnit file. The command
 * is wrapped by a shell that writes marker lines; the node stamps each line with its time.
 */

/** 8 MiB in base64, with its line ends, and the output beside it. */
export const LOG_BYTES_MAX = 16 * 1024 * 1024;
const JUNIT_BYTES_MAX = 8 * 1024 * 1024;

/** Runs `"$@"`; `$1` of the caller is the marker, `$2` the path of the JUnit file or nothing. */
const SCRIPT = [
  'mark=$1; junit=$2; shift 2',
  'if [ -n "$junit" ]; then rm -f "$junit"; fi',
  'echo "$mark begin"',
  '"$@"',
  'code=$?',
  'echo',
  'echo "$mark end"',
  `if [ -n "$junit" ] && [ -f "$junit" ] && [ "$(wc -c < "$junit")" -le ${JUNIT_BYTES_MAX} ]; then`,
  '  echo "$mark junit"',
  '  base64 "$junit"',
  '  echo',
  '  echo "$mark done"',
  'fi',
  'exit "$code"',
].join('\n');

export function wrapped(
  command: readonly string[],
  marker: string,
  junit: string | undefined,
): readonly string[] {
  return ['sh', '-c', SCRIPT, 'sh', marker, junit ?? '', ...command];
}

export interface SuiteLog {
  /** Microseconds since the epoch, on the node's clock; null when the line was not written. */
  readonly beganAtUs: number | null;
  readonly endedAtUs: number | null;
  readonly junit: string | null;
  /** What the command wrote. */
  readonly output: readonly string[];
}

export function readSuiteLog(text: string, marker: string): SuiteLog {
  const lines = linesOf(text);
  const at = (word: string): number => lines.findIndex((line) => line.text === `${marker} ${word}`);
  const [begin, end, junit, done] = ['begin', 'end', 'junit', 'done'].map(at);
  const isThere = (index: number | undefined): index is number =>
    index !== undefined && index !== -1;
  const output = lines.slice(
    isThere(begin) ? begin + 1 : 0,
    isThere(end) ? Math.max(0, end - 1) : lines.length,
  );
  const file =
    isThere(junit) && isThere(done)
      ? lines
          .slice(junit + 1, done)
          .map((line) => line.text)
          .join('')
      : null;
  return {
    beganAtUs: isThere(begin) ? microsecondsOf(lines[begin]) : null,
    endedAtUs: isThere(end) ? microsecondsOf(lines[end]) : null,
    junit: file === null ? null : Buffer.from(file, 'base64').toString('utf8'),
    output: output.map((line) => line.text),
  };
}

/** `2026-08-20T09:00:00.123456789Z`: a Date holds milliseconds only. */
export function microsecondsOf(line: Pick<LogLine, 'at'> | undefined): number | null {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/u.exec(
    line?.at ?? '',
  );
  if (match === null) return null;
  const seconds = Date.parse(`${match[1] ?? ''}${match[3] ?? 'Z'}`) / 1_000;
  const microseconds = Number((match[2] ?? '').padEnd(9, '0').slice(0, 6));
  return seconds * 1_000_000 + microseconds;
}
