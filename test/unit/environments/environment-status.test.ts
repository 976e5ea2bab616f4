import { describe, expect, it } from 'vitest';
import { capturedFinding } from '../../../src/adapters/kubernetes/capture/captured-finding.ts';
import { statusAfter } from '../../../src/application/environments/environment-status.ts';
import type { Finding } from '../../../src/application/environments/finding.ts';
import type {
  EnvironmentRecord,
  EnvironmentStatus,
} from '../../../src/application/ports/environment-store.ts';
import type { CaptureChoice } from '../../../src/application/project.ts';
import { services } from '../../support/catalogs.ts';
import { ReconcileWorld } from '../../support/reconcile-world.ts';

const READY: Finding = { type: 'Ready', status: 'True', reason: 'TasksSucceeded', message: '' };

const TAP: CaptureChoice = { mode: 'tap', image: 'offshoot:1', tapImage: 'tap:1' };
const OFF: CaptureChoice = { mode: 'off' };

function after(record: EnvironmentRecord, capture: CaptureChoice, at: string): EnvironmentStatus {
  const conditions = [READY, capturedFinding({ capture })];
  return statusAfter(record, { tasks: [], conditions }, { addresses: [], at });
}

describe('what an installation says of all its environments', () => {
  it('stands beside what their Tasks say, once, and changes when the installation does', async () => {
    const world = new ReconcileWorld();
    await world.desire(services({ cart: [] }));
    const record = await world.record();
    const off = after(record, OFF, '2026-11-22T06:00:00.000Z');
    expect(off.conditions.map(({ type, reason }) => `${type} ${reason}`)).toEqual([
      'Ready TasksSucceeded',
      'Captured CaptureOff',
    ]);
    const again = after({ ...record, status: off }, OFF, '2026-11-22T07:00:00.000Z');
    expect(again).toEqual(off);
    const on = after({ ...record, status: off }, TAP, '2026-11-22T08:00:00.000Z');
    expect(on.conditions[1]).toMatchObject({
      status: 'True',
      reason: 'Tap',
      lastTransitionTime: '2026-11-22T08:00:00.000Z',
    });
  });
});
