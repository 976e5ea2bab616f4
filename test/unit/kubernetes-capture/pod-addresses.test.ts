import { describe, expect, it } from 'vitest';
import {
  holdersByAddress,
  PodAddresses,
} from '../../../src/adapters/kubernetes/capture/naming/pod-addresses.ts';

const MINUTE_US = 60_000_000;

describe('addresses of pods', () => {
  it('belong to whoever held them at the time', () => {
    const pods = new PodAddresses();
    pods.add(['10.0.0.5'], 'cart', 10 * MINUTE_US);
    pods.add(['10.0.0.5'], 'orders', 20 * MINUTE_US);
    const at = holdersByAddress(pods.all);
    expect(at('10.0.0.5', 15 * MINUTE_US)).toBe('cart');
    expect(at('10.0.0.5', 21 * MINUTE_US)).toBe('orders');
  });

  it('are known a moment before the hello, which comes after the first packets', () => {
    const pods = new PodAddresses();
    pods.add(['10.0.0.5'], 'cart', 10 * MINUTE_US);
    pods.add(['10.0.0.5'], 'orders', 20 * MINUTE_US);
    expect(holdersByAddress(pods.all)('10.0.0.5', 20 * MINUTE_US - 1_000_000)).toBe('orders');
  });

  it('are nobody in particular when no tap said so', () => {
    expect(holdersByAddress([])('10.0.0.5', 0)).toBeNull();
    expect(new PodAddresses().has('10.0.0.5')).toBe(false);
  });

  it('say which components there are', () => {
    const pods = new PodAddresses();
    pods.add(['10.0.0.5'], 'cart', MINUTE_US);
    expect([pods.isComponent('cart'), pods.isComponent('orders')]).toEqual([true, false]);
  });

  it('are forgotten, the oldest first, before there are too many', () => {
    const pods = new PodAddresses();
    for (let pod = 0; pod < 20_000; pod += 1) pods.add([`pod-${pod}`], 'cart', pod);
    expect(pods.all.length).toBeLessThan(10_000);
    expect(pods.has('pod-19999')).toBe(true);
    expect(pods.has('pod-0')).toBe(false);
  });
});
