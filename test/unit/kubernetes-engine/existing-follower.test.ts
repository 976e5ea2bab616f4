import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../src/adapters/kubernetes/client/kube-object.ts';
import { RESOURCE_TYPES } from '../../../src/adapters/kubernetes/client/resource-types.ts';
import {
  followExisting,
  type ExistingFollower,
} from '../../../src/adapters/kubernetes/engine/existing/existing-follower.ts';
import { FakeClock, settled } from '../../support/fake-clock.ts';
import { SETTINGS } from '../../support/kubernetes-shop.ts';
import { HTTP, objectOf, objectsOf } from '../kubernetes-render/helpers.ts';
import { baselineServiceOf } from '../../../src/adapters/kubernetes/engine/existing/baseline-services.ts';
import { component } from '../../support/catalogs.ts';
import { ServedObjects } from './served-objects.ts';

/** A boundary as it is rendered, beside a baseline that goes on living. */

const { service: SERVICE, endpointSlice: SLICE } = RESOURCE_TYPES;
const CART = { name: 'cart', ports: [HTTP] };

let cluster: ServedObjects;
let clock: FakeClock;
let follower: ExistingFollower;
let rings = 0;

beforeEach(() => {
  cluster = new ServedObjects();
  clock = new FakeClock();
  rings = 0;
  follower = followExisting({ api: cluster.api, clock, random: () => 0.5 });
  follower.onOutdated('coupon', () => (rings += 1));
});
afterEach(() => follower.close());

function baselineService(port: number, name = 'http'): KubeObject {
  const metadata = { name: 'cart', namespace: 'shop' };
  return cluster.put(SERVICE, { metadata, spec: { ports: [{ name, port }] } });
}

function endpoints(...addresses: readonly string[]): KubeObject {
  return cluster.put(SLICE, {
    metadata: {
      name: 'cart-x',
      namespace: 'shop',
      labels: { 'kubernetes.io/service-name': 'cart' },
      annotations: { 'endpoints.kubernetes.io/last-change-trigger-time': String(clock.nowMs()) },
    },
    addressType: 'IPv4',
    ports: [{ name: 'http', port: 8080 }],
    endpoints: addresses.map((address) => ({ addresses: [address], targetRef: { kind: 'Pod' } })),
  });
}

/** As whoever reconciles applies it, having read this. */
function boundary(service: KubeObject | null, ...slices: readonly KubeObject[]): KubeObject {
  const baseline = service === null ? null : baselineServiceOf(component(CART), service, slices);
  const rendered = objectsOf(
    'boundary/cart',
    [{ name: 'web', dependencies: ['cart'] }, CART],
    { settings: SETTINGS, baseline },
    { changed: ['web'], isolation: 'path', environment: 'coupon' },
  );
  const { metadata, ...object } = objectOf(rendered, 'Service/cart');
  return cluster.put(SERVICE, {
    ...object,
    metadata: { ...metadata, namespace: 'offshoot-coupon' },
  });
}

async function outdated(): Promise<readonly string[]> {
  await settled();
  await clock.advance(100);
  await settled();
  return [...follower.outdated('coupon')];
}

describe('a boundary that leads to a baseline of others', () => {
  it('is outdated by other ports', async () => {
    boundary(baselineService(8080));
    expect(await outdated()).toEqual([]);
    baselineService(80);
    expect(await outdated()).toEqual(['boundary/cart']);
    expect(rings).toBeGreaterThan(0);
  });

  it('is outdated by other endpoints where it mirrors them, and by nothing else about them', async () => {
    boundary(baselineService(80), endpoints('10.0.0.1'));
    expect(await outdated()).toEqual([]);
    endpoints('10.0.0.1');
    expect(await outdated()).toEqual([]);
    expect(rings).toBe(0);
    endpoints('10.0.0.2');
    expect(await outdated()).toEqual(['boundary/cart']);
  });

  it('is not outdated by endpoints where it is only another name', async () => {
    boundary(baselineService(8080), endpoints('10.0.0.1'));
    endpoints('10.0.0.2');
    expect(await outdated()).toEqual([]);
  });

  it('is up to date as soon as it was applied again, before any watch says so', async () => {
    boundary(baselineService(80), endpoints('10.0.0.1'));
    await outdated();
    const moved = endpoints('10.0.0.2');
    expect(await outdated()).toEqual(['boundary/cart']);
    follower.boundaries.accept(boundary(baselineService(80), moved));
    expect(follower.outdated('coupon')).toEqual(new Set());
    expect(await outdated()).toEqual([]);
  });

  it('is outdated when the Service goes, and when it comes to where there was none', async () => {
    const there = baselineService(8080);
    boundary(there);
    expect(await outdated()).toEqual([]);
    cluster.remove(SERVICE, there);
    expect(await outdated()).toEqual(['boundary/cart']);
    boundary(null);
    expect(await outdated()).toEqual([]);
    baselineService(8080);
    expect(await outdated()).toEqual(['boundary/cart']);
  });

  it('belongs to its own environment, and is forgotten with it', async () => {
    const mine = boundary(baselineService(8080));
    baselineService(80);
    await outdated();
    expect(follower.outdated('another')).toEqual(new Set());
    cluster.remove(SERVICE, mine);
    expect(await outdated()).toEqual([]);
  });

  it('has only the namespaces followed that boundaries name, each once', async () => {
    boundary(baselineService(8080));
    await outdated();
    const namespaces = cluster.listed.filter((path) => path.includes('/namespaces/'));
    expect(namespaces.toSorted()).toEqual([
      '/api/v1/namespaces/payments/services',
      '/api/v1/namespaces/shop/services',
      '/apis/discovery.k8s.io/v1/namespaces/payments/endpointslices',
      '/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices',
    ]);
  });
});
