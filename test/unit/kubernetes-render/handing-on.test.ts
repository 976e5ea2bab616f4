import { describe, expect, it } from 'vitest';
import { parseNamesFile } from '../../../src/adapters/kubernetes/capture/handing-on/names-file.ts';
import type { KubeObject } from '../../../src/adapters/kubernetes/client/kube-object.ts';
import {
  listAt,
  textAt,
  textsAt,
  valueAt,
} from '../../../src/adapters/kubernetes/client/read-object.ts';
import { neededSecrets } from '../../../src/adapters/kubernetes/render/needed-secrets.ts';
import type { ClusterSettings } from '../../../src/adapters/kubernetes/render/rendering.ts';
import { catalogOf, component } from '../../support/catalogs.ts';
import { contextFor, SETTINGS } from '../../support/kubernetes-shop.ts';
import { planOf, task } from '../../support/plans.ts';
import { HTTP, namesOf, objectOf, objectsOf } from './helpers.ts';

const CAPTURE = { mode: 'tap', image: 'offshoot:1', tapImage: 'tap:1' } as const;
const HEADERS = { name: 'telemetry', key: 'headers' } as const;
const NEEDLE = 'api-key=needle-of-the-backend';
const ANALYSER = 'offshoot--analyser';

function rendered(
  exportsTo: ClusterSettings['exportsTo'],
  capture: ClusterSettings['capture'] = CAPTURE,
): readonly KubeObject[] {
  const { settings, secrets } = contextFor('none/none');
  return objectsOf(
    'namespace/coupon',
    [
      { name: 'cart', ports: [HTTP], dependencies: ['billing'] },
      { name: 'billing', ports: [HTTP], baseline: { service: 'billing-v2', ports: {} } },
      { name: 'import', type: 'job' },
    ],
    {
      settings: { ...settings, capture, ...(exportsTo === undefined ? {} : { exportsTo }) },
      secrets: new Map([...secrets, ['telemetry/headers', NEEDLE]]),
    },
    { changed: ['cart'], isolation: 'path' },
  );
}

const TOLD = rendered({ endpoint: 'https://collector.example:4318', headers: HEADERS });

describe('an analyser that hands calls on', () => {
  const spec = valueAt(objectOf(TOLD, `Deployment/${ANALYSER}`), 'spec', 'template', 'spec');

  it('is told where to, and finds names and headers as files', () => {
    const [container] = listAt(spec, 'containers');
    expect(listAt(container, 'args').slice(-4)).toEqual([
      '--export-endpoint',
      'https://collector.example:4318',
      '--export-folder',
      '/etc/offshoot/handing-on',
    ]);
    expect(listAt(container, 'volumeMounts')).toEqual([
      { name: 'handing-on', mountPath: '/etc/offshoot/handing-on', readOnly: true },
    ]);
    expect(listAt(spec, 'volumes')).toEqual([
      {
        name: 'handing-on',
        projected: { sources: [{ configMap: { name: ANALYSER } }, { secret: { name: ANALYSER } }] },
      },
    ]);
  });

  it('has the headers from a Secret, which is the only place that they are in', () => {
    const secret = objectOf(TOLD, `Secret/${ANALYSER}`);
    expect(Buffer.from(textAt(secret, 'data', 'headers') ?? '', 'base64').toString()).toBe(NEEDLE);
    const others = JSON.stringify(TOLD.filter((object) => object !== secret));
    expect(others).not.toContain('needle-of-the-backend');
    expect(others).not.toContain(Buffer.from(NEEDLE).toString('base64').slice(0, -4));
  });

  it('knows every name of the environment, whoever answers by it', () => {
    const text = textsAt(objectOf(TOLD, `ConfigMap/${ANALYSER}`), 'data')['names.json'] ?? '';
    expect(parseNamesFile(text)).toEqual({
      environment: 'coupon',
      namespace: 'offshoot-coupon',
      prefix: 'offshoot-',
      clusterDomain: 'cluster.local',
      baselineNamespaces: ['shop', 'payments'],
      services: [
        { name: 'cart', component: 'cart', isInside: true, ports: [8080] },
        { name: 'billing', component: 'billing', isInside: false, ports: [] },
        { name: 'billing-v2', component: 'billing', isInside: false, ports: [] },
      ],
    });
  });

  it('needs the secret that the project names, to make the namespace', () => {
    const plan = planOf(catalogOf([component({ name: 'cart' })]), {});
    const exportsTo = { endpoint: 'https://collector.example', headers: HEADERS };
    const settings = { ...SETTINGS, capture: CAPTURE, exportsTo };
    const order = { plan, task: task(plan, 'namespace/coupon') };
    expect(neededSecrets(order, settings).references).toContainEqual(HEADERS);
  });

  it('needs no Secret without headers', () => {
    const objects = rendered({ endpoint: 'https://collector.example:4318', headers: null });
    expect(namesOf(objects)).not.toContain(`Secret/${ANALYSER}`);
    expect(namesOf(objects)).toContain(`ConfigMap/${ANALYSER}`);
  });

  it.each([
    ['a name outside', 'https://collector.example', ['0.0.0.0/0', '::/0'], 443],
    [
      'a name outside with a port',
      'http://collector.example:4318/otlp',
      ['0.0.0.0/0', '::/0'],
      4318,
    ],
    ['an address', 'http://203.0.113.7', ['203.0.113.7/32'], 80],
    ['an address of IPv6', 'http://[2001:db8::7]:4318', ['2001:db8::7/128'], 4318],
  ])('may go out to %s and its port', (_, endpoint, cidrs, port) => {
    const policy = objectOf(
      rendered({ endpoint, headers: null }),
      `NetworkPolicy/${ANALYSER}--egress`,
    );
    expect(valueAt(policy, 'spec')).toEqual({
      podSelector: { matchLabels: { 'offshoot.dev/role': 'analyser' } },
      policyTypes: ['Egress'],
      egress: [
        {
          to: cidrs.map((cidr) => ({ ipBlock: { cidr } })),
          ports: [{ protocol: 'TCP', port }],
        },
      ],
    });
  });

  it('may go to the pods behind a Service of the cluster, and nowhere else', () => {
    const endpoint = 'http://collector.observability.svc:4318';
    const policy = objectOf(
      rendered({ endpoint, headers: null }),
      `NetworkPolicy/${ANALYSER}--egress`,
    );
    const values = ['observability'];
    expect(valueAt(policy, 'spec', 'egress')).toEqual([
      {
        to: [
          {
            namespaceSelector: {
              matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'In', values }],
            },
          },
        ],
      },
    ]);
  });

  it.each([
    ['nobody wants them', undefined, CAPTURE],
    [
      'spans are all there is',
      { endpoint: 'https://collector.example', headers: HEADERS },
      { mode: 'otlp', image: 'offshoot:1' },
    ],
  ] as const)('is none where %s', (_, exportsTo, capture) => {
    const objects = rendered(exportsTo, capture);
    const named = namesOf(objects).filter((name) => name.includes(ANALYSER));
    expect(named).toEqual([`Service/${ANALYSER}`, `Deployment/${ANALYSER}`]);
    expect(JSON.stringify(objects)).not.toContain('export');
  });
});
