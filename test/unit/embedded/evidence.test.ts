import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EventLog, readEvents } from '../../../src/adapters/embedded/logs/evidence.ts';
import { createRedactor } from '../../../src/adapters/embedded/logs/redaction.ts';
import { systemClock } from '../../../src/main/clock.ts';
import { temporaryFolder, type TemporaryFolder } from '../../support/temporary-folder.ts';

let folder: TemporaryFolder;
let path: string;

beforeEach(async () => {
  folder = await temporaryFolder();
  path = join(folder.path, 'events.jsonl');
});
afterEach(() => folder.remove());

describe('platform events', () => {
  it('are read back by another process, oldest first, without secrets', () => {
    const redactor = createRedactor();
    redactor.learn(['very-secret']);
    const log = new EventLog(path, systemClock, redactor);
    log.add({ component: 'cart', code: 'EXITED', message: 'with very-secret' });
    log.add({ component: 'cart', code: 'CRASH_LOOP', message: 'again' });
    const events = readEvents(path);
    expect(events.map(({ code }) => code)).toEqual(['EXITED', 'CRASH_LOOP']);
    expect(events[0]?.message).toBe('with ***');
    expect(Math.abs((events[0]?.atUs ?? 0) / 1_000 - Date.now())).toBeLessThan(5_000);
  });

  it('are bounded: the newest thousand', () => {
    const log = new EventLog(path, systemClock, createRedactor());
    for (let n = 0; n < 2_500; n += 1)
      log.add({ component: 'cart', code: 'EXITED', message: `${n}` });
    const messages = readEvents(path).map(({ message }) => message);
    expect(messages).toHaveLength(1_000);
    expect(messages.at(-1)).toBe('2499');
    expect(readFileSync(path, 'utf8').split('\n').length).toBeLessThanOrEqual(2_001);
  });

  it('survive a line that a crash has cut', () => {
    new EventLog(path, systemClock, createRedactor()).add({
      component: 'cart',
      code: 'EXITED',
      message: 'whole',
    });
    appendFileSync(path, '{"component":"ca');
    expect(readEvents(path).map(({ message }) => message)).toEqual(['whole']);
  });

  it('are none when nothing happened', () => {
    expect(readEvents(path)).toEqual([]);
  });
});
