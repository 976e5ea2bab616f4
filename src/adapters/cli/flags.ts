import { InvalidArgumentError, Option } from 'commander';
import { parseDuration } from '../../domain/duration.ts';

/** Flags that several commands take, and how their values are read. */

const DATA_FORMATS = ['table', 'json', 'yaml'] as const;
export const GRAPH_FORMATS = [...DATA_FORMATS, 'dot', 'mermaid'] as const;
export const REPORT_FORMATS = [...DATA_FORMATS, 'markdown', 'junit'] as const;

export function outputOption(formats: readonly string[] = DATA_FORMATS): Option {
  return new Option('-o, --output <format>', 'how to print it')
    .choices(formats)
    .default(formats[0] ?? 'table');
}

/** How long a command waits; the work goes on after it. */
export function timeoutOption(initially: string): Option {
  return new Option('-t, --timeout <duration>', 'give up waiting after this long; 0 for never')
    .argParser(parseTimeout)
    .default(parseTimeout(initially), initially);
}

/** Both spellings, so that scripts can say what they mean; neither means to wait. */
export function waitOptions(): readonly [Option, Option] {
  return [
    new Option('-w, --wait', 'wait until it is done, as is usual'),
    new Option('--no-wait', 'return as soon as the wish is accepted'),
  ];
}

/** `90s`, `2h`, `1h30m`, `7d` → milliseconds; `0` means never. */
export function parseTimeout(text: string): number {
  const ms = text === '0' ? 0 : parseDuration(text);
  if (ms === null) {
    throw new InvalidArgumentError('expected a duration like 90s, 2h or 7d, or 0 for never');
  }
  return ms === 0 ? Infinity : ms;
}

const INTERVAL_MS_MAX = 30_000;

/** Time between two looks at the repositories, in milliseconds. */
export function parseInterval(text: string): number {
  const ms = parseDuration(text);
  if (ms === null || ms < 1 || ms > INTERVAL_MS_MAX) {
    throw new InvalidArgumentError('expected a duration like 10s, 30s at most');
  }
  return ms;
}

/** `a,b` and repeated flags alike. */
export function collectNames(value: string, before: readonly string[] = []): readonly string[] {
  const names = value
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (names.length === 0) throw new InvalidArgumentError('expected a name');
  return [...before, ...names];
}

export type Pins = Readonly<Record<string, string>>;

/** `component=ref`, repeated; a bare name pins the component to the branch itself. */
export function collectPins(value: string, before: Pins = {}): Pins {
  const at = value.indexOf('=');
  const name = at === -1 ? value : value.slice(0, at);
  const ref = at === -1 ? '' : value.slice(at + 1);
  if (name === '' || (at !== -1 && ref === '')) {
    throw new InvalidArgumentError('expected COMPONENT=REF, or COMPONENT for the branch itself');
  }
  return { ...before, [name]: ref };
}

export function parseCount(text: string): number {
  if (!/^\d{1,9}$/u.test(text)) {
    throw new InvalidArgumentError('expected a whole number of 0 or more');
  }
  return Number(text);
}

export function parsePort(text: string): number {
  const port = /^\d{1,5}$/u.test(text) ? Number(text) : -1;
  if (port < 0 || port > 65_535) {
    throw new InvalidArgumentError('expected a port between 0 and 65535');
  }
  return port;
}
