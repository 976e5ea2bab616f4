import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../src/adapters/kubernetes/client/kube-object.ts';
import {
  createRecentEnvironments,
  type RecentEnvironments,
} from '../../../src/adapters/kubernetes/store/recent-environments.ts';

function environment(resourceVersion: string, uid = 'one'): KubeObject {
  const metadata = { name: 'shop--coupon', uid, resourceVersion };
  return { apiVersion: 'offshoot.dev/v1alpha1', kind: 'Environment', metadata };
}

function following(): { readonly recent: RecentEnvironments; readonly pass: (ms: number) => void } {
  let nowMs = 0;
  const recent = createRecentEnvironments({ nowMs: () => nowMs });
  recent.follow();
  return { recent, pass: (ms) => void (nowMs += ms) };
}

function versionIn(recent: RecentEnvironments): string | undefined {
  return recent.find('shop--coupon')?.metadata.resourceVersion;
}

describe('environments as a watch has shown them', () => {
  it('are found as they were last', () => {
    const { recent } = following();
    recent.note(environment('7'));
    recent.note(environment('9'));
    expect(versionIn(recent)).toBe('9');
    expect(recent.find('shop--search')).toBeNull();
  });

  it('never go back, whichever way an older state comes', () => {
    const { recent } = following();
    recent.note(environment('1000', 'two'));
    recent.note(environment('999', 'one'));
    expect(versionIn(recent)).toBe('1000');
  });

  it('have to be asked for when the watch was silent for seconds', () => {
    const { recent, pass } = following();
    recent.note(environment('7'));
    pass(4_999);
    expect(versionIn(recent)).toBe('7');
    pass(1);
    expect(recent.find('shop--coupon')).toBeNull();
    recent.note(environment('7'));
    expect(versionIn(recent)).toBe('7');
  });

  it('are forgotten with their life, but not when the next one has begun', () => {
    const { recent } = following();
    recent.note(environment('7', 'one'));
    recent.note(environment('9', 'two'));
    recent.forget(environment('8', 'one'));
    expect(versionIn(recent)).toBe('9');
    recent.forget(environment('10', 'two'));
    expect(recent.find('shop--coupon')).toBeNull();
  });

  it('are not remembered by who does not follow them', () => {
    const { recent } = following();
    recent.note(environment('7'));
    recent.unfollow();
    expect(recent.find('shop--coupon')).toBeNull();
    recent.note(environment('8'));
    expect(recent.find('shop--coupon')).toBeNull();
  });
});
