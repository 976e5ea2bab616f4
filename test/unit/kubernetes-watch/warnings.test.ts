import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../src/adapters/kubernetes/client/kube-object.ts';
import { Warnings } from '../../../src/adapters/kubernetes/watch/warnings.ts';

const POD = { namespace: 'pr-one', uid: 'pod' };

function event(reason: string, seconds: number, message = `${reason} ${seconds}`): KubeObject {
  const instant = new Date(Date.UTC(2026, 0, 1, 0, 0, seconds)).toISOString();
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${reason}-${seconds}`, namespace: POD.namespace },
    involvedObject: { uid: POD.uid },
    reason,
    message,
    lastTimestamp: instant,
  };
}

function noted(...events: readonly KubeObject[]): Warnings {
  const warnings = new Warnings();
  for (const each of events) warnings.note(each, 0);
  return warnings;
}

describe('warnings about one object', () => {
  it('are told by the newest, whatever the order in which they come', () => {
    const warnings = noted(event('BackOff', 9), event('Unhealthy', 5));
    expect(warnings.about(POD)?.message).toBe('BackOff 9');
  });

  it('keep the newest of each reason: what a probe got is not lost behind what followed', () => {
    const warnings = noted(event('Unhealthy', 1), event('Unhealthy', 5), event('BackOff', 9));
    expect(warnings.about(POD, 'Unhealthy')?.message).toBe('Unhealthy 5');
    expect(warnings.about(POD, 'FailedCreate')).toBeNull();
  });

  it('that repeat what is older say nothing new', () => {
    const warnings = noted(event('Unhealthy', 5));
    expect(warnings.note(event('Unhealthy', 1), 0)).toBeNull();
    expect(warnings.about(POD)?.message).toBe('Unhealthy 5');
  });

  it('are kept for a few reasons only, the newest of them', () => {
    const warnings = noted(...Array.from({ length: 12 }, (_, index) => event(`R${index}`, index)));
    expect(warnings.about(POD, 'R0')).toBeNull();
    expect(warnings.about(POD, 'R11')).not.toBeNull();
  });

  it('are forgotten with their namespace', () => {
    const warnings = noted(event('Unhealthy', 5));
    warnings.forget(POD.namespace);
    expect(warnings.about(POD)).toBeNull();
  });
});
