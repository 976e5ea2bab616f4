import { describe, expect, it } from 'vitest';
import { statusAfter } from '../../../src/application/environments/environment-status.ts';
import type { Finding } from '../../../src/application/environments/finding.ts';
import { statusWired, wiredFinding } from '../../../src/application/environments/wired.ts';
import type { EnvironmentRecord } from '../../../src/application/ports/environment-store.ts';
import { unreachableEdge } from '../../../src/domain/calls/wiring.ts';
import { services } from '../../support/catalogs.ts';
import { ReconcileWorld } from '../../support/reconcile-world.ts';

const READY: Finding = { type: 'Ready', status: 'True', reason: 'TasksSucceeded', message: '' };
const DEPLOYING: Finding = { type: 'Ready', status: 'False', reason: 'Deploying', message: '' };
const BROKEN = wiredFinding([edge('cart')]);
const WELL = wiredFinding([]);
const [EARLY, LATE] = ['2026-11-22T06:00:00.000Z', '2026-11-22T07:00:00.000Z'];

function edge(to: string): ReturnType<typeof unreachableEdge> {
  const port = { name: 'http', port: 80 };
  return unreachableEdge({ from: 'gateway', to, port, tls: 'none' }, 'policy');
}

async function environment(): Promise<EnvironmentRecord> {
  const world = new ReconcileWorld();
  await world.desire(services({ cart: [] }));
  return reconciled(await world.record(), READY);
}

/** After a pass of the reconciler that found so. */
function reconciled(record: EnvironmentRecord, ready: Finding): EnvironmentRecord {
  const seen = { addresses: [], at: EARLY };
  return { ...record, status: statusAfter(record, { tasks: [], conditions: [ready] }, seen) };
}

function wired(record: EnvironmentRecord, finding: Finding, at = EARLY): EnvironmentRecord {
  return { ...record, status: statusWired(record, finding, at) };
}

function told({ status }: EnvironmentRecord): readonly string[] {
  return status.conditions.map(({ type, status: is, reason }) => `${type} ${is} ${reason}`);
}

describe('the wiring of an environment', () => {
  it('takes `Ready` back when it does not hold, and names the edges', async () => {
    const record = reconciled(wired(await environment(), BROKEN), READY);
    expect(told(record)).toEqual(['Ready False EdgeUnreachable', 'Wired False EdgeUnreachable']);
    expect(record.status.conditions[0]?.message).toBe(
      'gateway → cart: policy, or nobody answers at cart:80',
    );
  });

  it('gives `Ready` back when a later proof finds it well', async () => {
    const broken = reconciled(wired(await environment(), BROKEN), READY);
    const mended = reconciled(wired(broken, WELL, LATE), READY);
    expect(told(mended)).toEqual(['Ready True TasksSucceeded', 'Wired True EdgesProved']);
    expect(mended.status.conditions[1]?.lastTransitionTime).toBe(LATE);
  });

  it('says nothing of a new generation', async () => {
    const broken = wired(await environment(), BROKEN);
    const next = reconciled({ ...broken, generation: broken.generation + 1 }, READY);
    expect(told(next)).toEqual(['Ready True TasksSucceeded']);
  });

  it('leaves what is not ready as it is', async () => {
    const record = reconciled(wired(await environment(), BROKEN), DEPLOYING);
    expect(told(record)[0]).toBe('Ready False Deploying');
  });

  it('is no news while it holds and always did, nor when it is said again', async () => {
    const record = await environment();
    expect(statusWired(record, WELL, LATE)).toBe(record.status);
    const broken = wired(record, BROKEN);
    expect(statusWired(broken, BROKEN, LATE)).toBe(broken.status);
    const others = wired(broken, wiredFinding([edge('prices')]), LATE);
    expect(others.status.conditions.at(-1)).toMatchObject({ lastTransitionTime: EARLY });
  });

  it('names some edges of many', () => {
    const many = Array.from({ length: 9 }, (_, index) => edge(`cart-${index}`));
    expect(wiredFinding(many).message).toMatch(/cart-4:80; and 4 more$/u);
  });
});
