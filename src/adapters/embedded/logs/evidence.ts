import { appendFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Clock } from '../../../application/ports/clock.ts';
import type { PlatformEvent } from '../../../domain/calls/report.ts';
import { parsedJson } from '../read-json.ts';
import type { Redactor } from './redaction.ts';

/** What happened to components, on disk, so that a report after a restart still knows it. Bounded. */

const KEPT_EVENTS = 1_000;

export class EventLog {
  readonly #path: string;
  readonly #clock: Clock;
  readonly #redactor: Redactor;
  #count: number | null = null;

  constructor(path: string, clock: Clock, redactor: Redactor) {
    this.#path = path;
    this.#clock = clock;
    this.#redactor = redactor;
  }

  add(event: Pick<PlatformEvent, 'component' | 'code' | 'message'>): void {
    const message = this.#redactor.redact(event.message).slice(0, 1_024);
    const whole: PlatformEvent = { ...event, message, atUs: this.#clock.nowMs() * 1_000 };
    try {
      this.#count ??= readEvents(this.#path).length;
      appendFileSync(this.#path, `${JSON.stringify(whole)}\n`, { mode: 0o600 });
      this.#count += 1;
      if (this.#count >= KEPT_EVENTS * 2) this.#compact();
    } catch {
      // A full disk loses an event, never a component.
    }
  }

  #compact(): void {
    const kept = readEvents(this.#path).slice(-KEPT_EVENTS);
    const lines = kept.map((event) => `${JSON.stringify(event)}\n`).join('');
    writeFileSync(`${this.#path}.new`, lines, { mode: 0o600 });
    renameSync(`${this.#path}.new`, this.#path);
    this.#count = kept.length;
  }
}

/** The newest events, oldest first. Lines that a crash cut are left out. */
export function readEvents(path: string): readonly PlatformEvent[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return [];
  }
  return text
    .split('\n')
    .flatMap((line) => parseEvent(line) ?? [])
    .slice(-KEPT_EVENTS);
}

function parseEvent(line: string): PlatformEvent | null {
  const value = parsedJson(line);
  return isEvent(value) ? value : null;
}

function isEvent(value: unknown): value is PlatformEvent {
  return (
    typeof value === 'object' &&
    value !== null &&
    'component' in value &&
    'code' in value &&
    'message' in value &&
    'atUs' in value &&
    typeof value.atUs === 'number'
  );
}
