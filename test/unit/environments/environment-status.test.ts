import { describe, expect, it } from 'vitest';
import { capturedFinding } from '../../../src/adapters/kubernetes/capture/captured-finding.ts';
import { statusAfter } from '../../../src/application/environments/environment-status.ts';
import type { Finding } from '../../../src/application/environments/finding.ts';
import type {
  EnvironmentRecord,
  EnvironmentStatus,
} from '../../../src/application/ports/environment-store.ts';
import { services } from '../../support/catalogs.ts';
import { ReconcileWorld } from '../../support/reconcile-world.ts';

const READY: Finding = { type: 'Ready', status: 'True', reason: 'TasksSucceeded', message: '' };

function after(record: EnvironmentRecord, mode: 'tap' | 'off', at: string): EnvironmentStatus {
  const conditions = [READY, capturedFinding({ mode })];
  return statusAfter(record, { tasks: [], conditions }, { addresses: [], at });
}

describe('what an installation says of all its environments', () => {
  it('stands beside what their Tasks say, once, and changes when the installation does', async () => {
    const world = new ReconcileWorld();
    await world.desire(services({ cart: [] }));
    const record = await world.record();
    const off = after(record, 'off', '2026-11-22T06:00:00.000Z');
    expect(off.conditions.map(({ type, reason }) => `${type} ${reason}`)).toEqual([
      'Ready TasksSucceeded',
      'Captured CaptureOff',
    ]);
    const again = after({ ...record, status: off }, 'off', '2026-11-22T07:00:00.000Z');
    expect(again).toEqual(off);
    const on = after({ ...record, status: off }, 'tap', '2026-11-22T08:00:00.000Z');
    expect(on.conditions[1]).toMatchObject({
      status: 'True',
      reason: 'Tap',
      lastTransitionTime: '2026-11-22T08:00:00.000Z',
    });
  });
});
