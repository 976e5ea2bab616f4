import { describe, expect, it } from 'vitest';
import type { EnvironmentStatus } from '../../../src/application/ports/environment-store.ts';
import { environmentStatusSchema } from '../../../src/contract/environment-resource.ts';
import type { TaskStatus } from '../../../src/domain/plan/plan.ts';
import {
  statusObjectOf,
  statusOf,
} from '../../../src/adapters/kubernetes/resources/status-object.ts';
import { Random } from '../../support/random.ts';

const AT = '2026-01-01T00:00:01.000Z';

function task(id: string, state: TaskStatus['state'], more: Partial<TaskStatus> = {}): TaskStatus {
  return { id, state, attempts: 1, waitsFor: [], ...more };
}

function statusWith(tasks: readonly TaskStatus[]): EnvironmentStatus {
  return {
    observedGeneration: 3,
    conditions: [
      {
        type: 'Ready',
        status: 'False',
        reason: 'CrashLoop',
        message: '"deploy/cart" failed',
        observedGeneration: 3,
        lastTransitionTime: AT,
      },
    ],
    tasks,
    addresses: [{ component: 'gateway', url: 'http://coupon--gateway.localhost' }],
  };
}

describe('the status of an Environment object', () => {
  const mixed = statusWith([
    task('deploy/a', 'Succeeded', { startedAt: AT, finishedAt: AT }),
    task('deploy/b', 'Pending', { waitsFor: ['deploy/c'] }),
    task('deploy/c', 'Failed', { code: 'CRASH_LOOP', message: 'it ends', evidence: 'log' }),
    task('deploy/d', 'Skipped'),
  ]);

  it('comes back as it was', () => {
    expect(statusOf(statusObjectOf(mixed, AT))).toEqual(mixed);
  });

  it('is what the contract describes', () => {
    expect(environmentStatusSchema.parse(statusObjectOf(mixed, AT))).toEqual(
      statusObjectOf(mixed, AT),
    );
  });

  it('tells people what failed first, and counts the rest', () => {
    expect(statusObjectOf(mixed, AT)).toMatchObject({
      progress: '2/4',
      counters: { succeeded: 1, skipped: 1, failed: 1, pending: 1 },
      tasks: [
        { id: 'deploy/c', state: 'Failed', code: 'CRASH_LOOP', message: 'it ends' },
        { id: 'deploy/b', state: 'Pending' },
      ],
    });
  });

  it('keeps every state when texts do not fit', () => {
    const random = new Random(7);
    const noise = (): string =>
      Array.from({ length: 300 }, () => random.next().toString(36).slice(2)).join('');
    const tasks = Array.from({ length: 300 }, (_, index) =>
      task(`deploy/c${index}`, index % 2 === 0 ? 'Failed' : 'Succeeded', {
        message: noise(),
        evidence: noise(),
        waitsFor: [noise()],
      }),
    );
    const object = statusObjectOf(statusWith(tasks), AT);
    expect(JSON.stringify(object).length).toBeLessThan(64 * 1024);
    expect(statusOf(object).tasks.map(({ id, state }) => [id, state])).toEqual(
      tasks.map(({ id, state }) => [id, state]),
    );
  });
});
