import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../src/adapters/kubernetes/client/kube-object.ts';
import { nameCalls } from '../../../src/adapters/kubernetes/capture/naming/name-calls.ts';
import { serviceNames } from '../../../src/adapters/kubernetes/capture/naming/service-names.ts';
import type { Call } from '../../../src/domain/calls/call.ts';

function service(
  namespace: string,
  name: string,
  spec: Readonly<Record<string, unknown>>,
  component: string | null = name,
): KubeObject {
  const labels = component === null ? {} : { 'offshoot.dev/component': component };
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace, labels }, spec };
}

const SERVICES = serviceNames({
  namespace: 'shop-feat',
  prefix: 'shop-',
  clusterDomain: 'cluster.local',
  baselineNamespaces: ['payments'],
  services: [
    service('shop-feat', 'cart', { clusterIP: '10.96.0.1', clusterIPs: ['10.96.0.1', 'fd00::1'] }),
    service(
      'shop-feat',
      'basket',
      { clusterIP: '10.96.0.4', ports: [{ port: 80, targetPort: 8080 }, { port: 81 }] },
      'cart',
    ),
    service('shop-feat', 'headless', { clusterIP: 'None' }),
    service('shop-feat', 'billing', {
      type: 'ExternalName',
      externalName: 'billing-v2.payments.svc.cluster.local',
    }),
    service('shop-feat', 'bank', { type: 'ExternalName', externalName: 'api.bank.example' }),
    service('shop-feat', 'stranger', { clusterIP: '10.96.0.9' }, null),
  ],
  baselineServices: [
    service('payments', 'billing-v2', { clusterIP: '10.96.1.1' }, null),
    service('payments', 'cart', { clusterIP: '10.96.1.2' }, null),
  ],
});

describe('Services', () => {
  it.each([
    ['of the environment by all their addresses', '10.96.0.1', 'cart'],
    ['also by IPv6', 'fd00::1', 'cart'],
    ['by another name of the same component', '10.96.0.4', 'cart'],
    ['of the baseline by the component that leads to them', '10.96.1.1', 'baseline/billing'],
    ['of the baseline that are inside too, by their own name', '10.96.1.2', 'baseline/cart'],
  ])('%s', (_, address, name) => {
    expect(SERVICES.ofAddress(address)).toBe(name);
  });

  it('without an address of their own, or that are no component, are nobody', () => {
    expect(SERVICES.ofAddress('None')).toBeNull();
    expect(SERVICES.ofAddress('10.96.0.9')).toBeNull();
  });

  it.each([
    ['cart', 'cart'],
    ['cart.shop-feat.svc.cluster.local', 'cart'],
    ['cart.shop-feat.svc.cluster.local.', 'cart'],
    ['billing.shop-feat.svc.cluster.local', 'billing'],
    ['api.bank.example', 'bank'],
    ['billing-v2.payments.svc.cluster.local', 'baseline/billing'],
    ['cart.payments.svc.cluster.local', 'baseline/cart'],
    ['cart.shop-other.svc.cluster.local', 'other/cart'],
  ])('that were asked for as %s are %s', (asked, name) => {
    expect(SERVICES.ofName(asked)).toBe(name);
  });

  it.each([
    'crat',
    'www.example',
    'a.b.shop-feat.svc.cluster.local',
    'x.kube-system.svc.cluster.local',
  ])('are not %s', (asked) => {
    expect(SERVICES.ofName(asked)).toBeNull();
  });
});

const CALL: Call = {
  id: '1',
  client: '10.1.0.1:40000',
  server: '10.96.0.1:80',
  protocol: 'http',
  operation: 'GET /carts',
  startedAtUs: 1_000,
  firstByteAtUs: 2_000,
  endedAtUs: 3_000,
  outcome: 'ok',
  errorType: null,
  reason: null,
  side: 'client',
  status: 200,
  correlation: {},
  confidence: 'high',
  connectionId: 'c',
};

function named(more: Partial<Call>, asked: readonly (readonly [string, string])[] = []): Call {
  const pods = [
    { address: '10.1.0.1', component: 'gateway', fromUs: 0 },
    { address: '10.1.0.2', component: 'cart', fromUs: 0 },
  ];
  const [call] = nameCalls({ calls: [{ ...CALL, ...more }], pods, asked, dropped: 0 }, SERVICES);
  if (call === undefined) throw new Error('a call was lost');
  return call;
}

describe('a connection that does not come about', () => {
  const refused = {
    protocol: 'tcp',
    outcome: 'transport_error',
    errorType: 'tcp.refused',
    reason: 'connection refused by 10.96.0.4',
  } as const;

  it('is one to a wrong port where the Service has no such port', () => {
    expect(named({ ...refused, server: '10.96.0.4:9999' })).toMatchObject({
      server: 'cart',
      errorType: 'tcp.no_such_port',
      reason: 'cart has no port 9999, only 80, 81',
    });
  });

  it.each([
    ['to a port that the Service has', { ...refused, server: '10.96.0.4:81' }, 'tcp.refused'],
    ['to a pod', { ...refused, server: '10.1.0.2:9999' }, 'tcp.refused'],
    ['that came about', { server: '10.96.0.4:9999' }, null],
  ])('is told as it was seen %s', (_, call, errorType) => {
    expect(named(call).errorType).toBe(errorType);
  });
});

describe('a call', () => {
  it('has the same ends for its client, who sees a Service, and its server, who sees itself', () => {
    const seenByClient = named({});
    const seenByServer = named({ server: '10.1.0.2:8080', side: 'server' });
    expect([seenByClient.client, seenByClient.server]).toEqual(['gateway', 'cart']);
    expect([seenByServer.client, seenByServer.server]).toEqual(['gateway', 'cart']);
  });

  it('from where no tap is comes from outside', () => {
    expect(named({ client: '192.0.2.7:55', server: '10.1.0.2:8080' }).client).toBe('outside');
  });

  it('to an address that nobody knows is named by what was asked for', () => {
    expect(named({ server: '203.0.113.5:443' }, [['203.0.113.5', 'api.bank.example']]).server).toBe(
      'bank',
    );
    expect(named({ server: '203.0.113.6:443' }, [['203.0.113.6', 'x.example']]).server).toBe(
      'x.example:443',
    );
    expect(named({ server: '203.0.113.7:443' }).server).toBe('203.0.113.7:443');
  });

  it('that failed has names in its reason too', () => {
    const refused = { outcome: 'transport_error', protocol: 'tcp', operation: 'connect' } as const;
    expect(named({ ...refused, reason: 'connection refused by 10.96.0.1:80' }).reason).toBe(
      'connection refused by cart:80',
    );
    expect(named({ outcome: 'server_error', reason: '500 from 10.96.0.1:80 GET /' }).reason).toBe(
      '500 from cart GET /',
    );
  });

  it('for a name that does not exist is one to that name', () => {
    const failed = {
      protocol: 'dns',
      outcome: 'transport_error',
      server: '10.96.0.10:53',
    } as const;
    expect(named({ ...failed, operation: 'A crat' }).server).toBe('crat');
    expect(named({ ...failed, operation: 'A cart.shop-feat.svc.cluster.local' }).server).toBe(
      'cart',
    );
  });
});

describe('calls that spans tell', () => {
  const told = (client: string, server: string): string => {
    const [call] = nameCalls(
      {
        calls: [
          {
            id: 's',
            client,
            server,
            protocol: 'http',
            operation: 'GET /',
            startedAtUs: 1,
            firstByteAtUs: null,
            endedAtUs: 2,
            outcome: 'ok',
            errorType: null,
            reason: null,
            side: 'client',
            status: null,
            correlation: {},
            confidence: 'high',
            connectionId: 'spans',
            source: 'spans',
          },
        ],
        pods: [{ address: '10.1.0.1', component: 'worker', fromUs: 0 }],
        asked: [],
        dropped: 0,
      },
      SERVICES,
    );
    return `${call?.client} → ${call?.server}`;
  };

  it.each([
    ['worker', 'cart:80', 'worker → cart'],
    ['10.1.0.1', 'cart.shop-feat.svc.cluster.local:80', 'worker → cart'],
    ['worker', '10.96.0.1:80', 'worker → cart'],
    ['worker', '10.1.0.1:80', 'worker → worker'],
    ['stranger', 'worker', 'outside → worker'],
    ['worker', 'api.stripe.example:443', 'worker → api.stripe.example:443'],
    ['unknown', 'worker', 'unknown → worker'],
  ])('from %s to %s are %s', (client, server, names) => {
    expect(told(client, server)).toBe(names);
  });
});
