import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/adapters/kubernetes/client/kube-object.ts';
import { RESOURCE_TYPES } from '../../src/adapters/kubernetes/client/resource-types.ts';
import { waitFor } from '../cluster/waiting.ts';
import type { Ran } from './faults/command.ts';
import { startController, type ControllerProcess } from './faults/controllers.ts';
import { BOUND_MS } from './faults/installation.ts';
import { endOf, usesOf } from './support/audit.ts';
import {
  atRest,
  everythingIn,
  openExistingShop,
  type ExistingShop,
} from './support/existing-shop.ts';

/**
 * An environment beside a baseline that Kustomize and Helm have deployed. `web` → `cart` → `stock` run in
 * it, the last two copied from what runs; `prices`, `ledger` and the externals are boundary.
 */

let shop: ExistingShop;
let outside: Server;
let outsidePort = 0;
let controller: ControllerProcess;
let branch = '';
let here = '';
let ready: Ran;
let before = '';
let auditBegin = 0;
const SERVICE = { type: 'service', ports: { http: 8080 }, readiness: { port: 'http' } };

beforeAll(async () => {
  outside = createServer((request, response) => response.end(`outside ${request.url}\n`));
  outside.listen(0, '0.0.0.0');
  await once(outside, 'listening');
  outsidePort = (outside.address() as AddressInfo).port;
  shop = await openExistingShop(outsidePort);
  await writeProject();
  before = await atRest(shop.api, [shop.front, shop.data]);
  auditBegin = shop.auditLog === null ? 0 : await endOf(shop.auditLog);
  branch = await shop.branch('change', 'cart');
  here = shop.namespaceOf(branch);
}, 600_000);

afterAll(async () => {
  await controller?.end();
  outside?.close();
  await shop?.close();
});

async function writeProject(): Promise<void> {
  const { project, front, data } = shop;
  await project.settings({ baseline: { namespaces: [front, data] } });
  const image = (name: string): string =>
    shop.image(name).slice(0, shop.image(name).lastIndexOf(':'));
  await project.put('web', {
    ...SERVICE,
    image: image('web'),
    expose: true,
    writable: ['/tmp'],
    environment: { WHERE: '${environment.name}' },
    security: { runAsUser: 1000 },
    dependencies: ['cart'],
  });
  await project.put('cart', {
    ...SERVICE,
    image: image('cart'),
    from: { kind: 'Deployment', namespace: front, name: 'cart-app' },
    environment: { LEDGER: '${dependencies.ledger.host}:${dependencies.ledger.ports.http}' },
    dependencies: ['stock', 'prices', 'ledger', 'tariffs', 'rates', 'partner', 'bank', 'weather'],
  });
  await project.put('stock', {
    ...SERVICE,
    type: 'datastore',
    engine: 'files',
    from: { kind: 'StatefulSet', namespace: data, name: 'warehouse' },
  });
  await project.put('prices', { ...SERVICE, image: image('prices') });
  await project.put('ledger', { ...SERVICE, image: image('ledger') });
  await project.put('tariffs', { ...SERVICE, ports: { http: outsidePort } });
  await project.put('rates', SERVICE);
  const external = { type: 'external', ports: { http: outsidePort } };
  const { address, name } = shop.outside;
  await project.put('partner', { ...external, external: { address } });
  await project.put('bank', { ...external, external: { address: name, cidrs: [`${address}/32`] } });
  await project.put('weather', { ...external, external: { address: 'weather.example' } });
}

async function objectOf(
  type: (typeof RESOURCE_TYPES)[keyof typeof RESOURCE_TYPES],
  name: string,
): Promise<KubeObject> {
  const found = await shop.api.get(type, { namespace: here, name });
  if (found === null) throw new Error(`there is no ${type.kind} "${name}"`);
  return found;
}

describe('before anything is created', () => {
  it.each([
    ['BOUNDARY_MISSING', { baseline: { service: 'nobody' } }],
    ['BOUNDARY_PORT_MISSING', { baseline: { ports: { http: 8443 } } }],
  ])('%s is told of what the baseline does not have', async (code, more) => {
    await shop.project.put('prices', { ...SERVICE, image: shop.image('prices'), ...more });
    const told = await shop.run('up', branch);
    await writeProject();
    expect(told.code, `it said ${told.stderr}`).toBe(2);
    expect(told.stderr).toContain(code);
    expect(await shop.api.get(RESOURCE_TYPES.namespace, { name: here })).toBeNull();
    expect(
      await shop.api.get(RESOURCE_TYPES.environment, { name: `${shop.project.prefix}--${branch}` }),
    ).toBeNull();
  });
});

describe('an environment beside a baseline of others', () => {
  beforeAll(async () => {
    controller = startController(shop.account.kubeconfig, shop.project);
    await controller.leads();
    ready = await shop.run('up', branch);
  }, 400_000);

  it('is warned about what may be reached anywhere, and about nothing else', () => {
    expect(ready.code, `it said ${ready.stderr}`).toBe(0);
    expect(ready.stderr).toContain('EXTERNAL_EGRESS_OPEN');
    expect(ready.stderr).toContain('"weather"');
    expect(ready.stderr).toContain('/tariffs"');
    expect(ready.stderr).not.toContain('"bank"');
    expect(ready.stderr).not.toContain('"partner"');
  });

  it('runs the changed one as it runs there, at the revision of the branch', async () => {
    expect(await shop.ask(here, 'web', 'cart:8080')).toMatch(
      new RegExp(`^cart ${branch} ${here} cart-`, 'u'),
    );
    // What is not changed runs as there, too.
    expect(await shop.ask(here, 'cart', 'stock:8080')).toBe(`stock main ${here} stock-0`);
  });

  it('calls the baseline by plain names, on the ports that its own callers know', async () => {
    expect(await shop.ask(here, 'cart', 'prices:8080')).toMatch(
      new RegExp(`^prices main ${shop.data} prices-`, 'u'),
    );
    expect(await shop.ask(here, 'cart', 'ledger:8080')).toMatch(
      new RegExp(`^ledger main ${shop.front} ledger-`, 'u'),
    );
    expect(await objectOf(RESOURCE_TYPES.service, 'prices')).toMatchObject({
      spec: { type: 'ExternalName', externalName: `prices.${shop.data}.svc.cluster.local` },
    });
    expect(await objectOf(RESOURCE_TYPES.service, 'ledger')).toMatchObject({
      spec: { type: 'ClusterIP' },
    });
  });

  it('has addresses of what is inside replaced wherever they were configured', async () => {
    const variables = await shop.ask(here, 'cart', '127.0.0.1:8080', '/variables');
    expect(variables).toContain('STOCK_URL=http://stock:8080\n');
    expect(variables).toContain(`PRICES_URL=http://prices.${shop.data}.svc.cluster.local:8080\n`);
    expect(variables).toContain('PASSWORD=of-the-baseline\n');
    expect(variables).toContain('LEDGER=ledger:8080\n');
    const all = await shop.kubectl([
      'exec',
      '-n',
      here,
      'deployment/cart',
      '--',
      'cat',
      '/etc/cart/all',
    ]);
    expect(all).toBe(`stock:8080,prices.${shop.data}.svc:8080`);
  });

  it('reaches its own also by the full names that an image may have built in', async () => {
    const own = new RegExp(`^cart ${branch} ${here} `, 'u');
    for (const name of ['cart', `cart.${shop.front}`, `cart.${shop.front}.svc.cluster.local`]) {
      expect(await shop.ask(here, 'web', `${name}:80`), `by ${name}`).toMatch(own);
    }
    expect(await shop.ask(here, 'cart', `stock.${shop.data}.svc.cluster.local:8080`)).toBe(
      `stock main ${here} stock-0`,
    );
  });

  it('carries nothing by which Kustomize or Helm would know its objects', async () => {
    const text = await everythingIn(shop.api, [here]);
    for (const track of ['helm.sh', 'Helm', 'kustomize', 'argocd', shop.data + '-token']) {
      expect(text).not.toContain(track);
    }
    expect(
      (await shop.api.list(RESOURCE_TYPES.persistentVolumeClaim, { namespace: here })).items,
    ).toEqual([]);
  });

  it('reaches externals by address and by name, with a policy for exactly these', async () => {
    expect(await shop.ask(here, 'cart', `partner:${outsidePort}`, '/a')).toBe('outside /a');
    expect(await shop.ask(here, 'cart', `bank:${outsidePort}`, '/b')).toBe('outside /b');
    for (const external of ['partner', 'bank']) {
      expect(await objectOf(RESOURCE_TYPES.networkPolicy, `${external}--egress`)).toMatchObject({
        spec: { egress: [{ to: [{ ipBlock: { cidr: `${shop.outside.address}/32` } }] }] },
      });
    }
    expect(await objectOf(RESOURCE_TYPES.endpointSlice, 'partner--address')).toMatchObject({
      endpoints: [{ addresses: [shop.outside.address] }],
    });
    expect(await objectOf(RESOURCE_TYPES.service, 'bank')).toMatchObject({
      spec: { type: 'ExternalName' },
    });
  });

  it('reaches what the baseline itself only has a name or an address for', async () => {
    expect(await shop.ask(here, 'cart', `tariffs:${outsidePort}`, '/c')).toBe('outside /c');
    expect(await shop.ask(here, 'cart', 'rates:8080', '/d')).toBe('outside /d');
    expect(await objectOf(RESOURCE_TYPES.networkPolicy, 'rates--egress')).toMatchObject({
      spec: { egress: [{ to: [{ ipBlock: { cidr: `${shop.outside.address}/32` } }] }] },
    });
  });

  it('nothing of the baseline was written', async () => {
    expect(await everythingIn(shop.api, [shop.front, shop.data])).toBe(before);
  });

  it("follows the baseline's pods when they are replaced", async () => {
    const first = await shop.ask(here, 'cart', 'ledger:8080');
    await shop.kubectl(['-n', shop.front, 'rollout', 'restart', 'deployment/ledger']);
    await shop.kubectl([
      '-n',
      shop.front,
      'rollout',
      'status',
      'deployment/ledger',
      '--timeout=180s',
    ]);
    await waitFor(
      'the mirrored endpoints are those of the new pod, and only those',
      async () => {
        const [own, theirs] = [await addressesOf(here), await addressesOf(shop.front)];
        return own.length > 0 && own.join() === theirs.join() ? true : null;
      },
      BOUND_MS,
    );
    const second = await shop.ask(here, 'cart', 'ledger:8080');
    expect(second).toMatch(new RegExp(`^ledger main ${shop.front} ledger-`, 'u'));
    expect(second).not.toBe(first);
    before = await atRest(shop.api, [shop.front, shop.data]);
  }, 400_000);

  it('nothing of the baseline is written until it is gone, says the audit log too', async () => {
    const down = await shop.run('down', branch);
    expect(down.code, `it said ${down.stderr}`).toBe(0);
    expect(await shop.api.get(RESOURCE_TYPES.namespace, { name: here })).toBeNull();
    expect(await everythingIn(shop.api, [shop.front, shop.data])).toBe(before);
    if (shop.auditLog === null) return;
    const { namespace } = shop.account;
    const uses = await usesOf(shop.auditLog, { fromByte: auditBegin, namespace });
    const there = uses.filter((use) => [shop.front, shop.data].includes(use.namespace ?? ''));
    expect(there.length).toBeGreaterThan(0);
    expect(there.filter(({ right }) => !/^(?:get|list|watch) /u.test(right))).toEqual([]);
  }, 400_000);
});

/** Ready addresses behind `ledger`, those that go left out. */
async function addressesOf(namespace: string): Promise<readonly string[]> {
  const { items } = await shop.api.list(RESOURCE_TYPES.endpointSlice, {
    namespace,
    labelSelector: 'kubernetes.io/service-name=ledger',
  });
  const endpoints = items.flatMap((slice) => slice['endpoints'] as readonly Endpoint[]);
  return endpoints
    .filter(({ conditions }) => conditions?.ready !== false)
    .flatMap(({ addresses }) => addresses)
    .toSorted();
}

interface Endpoint {
  readonly addresses: readonly string[];
  readonly conditions?: { readonly ready?: boolean };
}
