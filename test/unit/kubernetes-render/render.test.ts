import { describe, expect, it } from 'vitest';
import { bytesQuantity, cpuQuantity } from '../../../src/adapters/kubernetes/render/quantities.ts';
import { textsAt, valueAt } from '../../../src/adapters/kubernetes/client/read-object.ts';
import { publicUrlOf } from '../../../src/adapters/kubernetes/render/public-url.ts';
import type { ComponentSpec } from '../../support/catalogs.ts';
import { SETTINGS } from '../../support/kubernetes-shop.ts';
import { HTTP, namesOf, objectOf, objectsOf } from './helpers.ts';

const GiB = 1024 ** 3;

function podOf(objects: Parameters<typeof objectOf>[0], name: string): unknown {
  return objectOf(objects, name)['spec'];
}

describe('amounts', () => {
  it.each([
    [100, '100m'],
    [2000, '2'],
    [1500, '1500m'],
  ])('%i thousandths of a processor are %s', (millis, text) => {
    expect(cpuQuantity(millis)).toBe(text);
  });

  it.each([
    [128 * 1024 ** 2, '128Mi'],
    [GiB, '1Gi'],
    [1536 * 1024 ** 2, '1536Mi'],
    [1000, '1000'],
  ])('%i bytes are %s', (bytes, text) => {
    expect(bytesQuantity(bytes)).toBe(text);
  });
});

describe('an image', () => {
  const source = { repository: 'cart.git', paths: ['.'] };

  it.each([
    [{ image: 'shop/cart', source }, 'shop/cart:abcdef0123456789'],
    [{ image: 'host:5000/cart', source }, 'host:5000/cart:abcdef0123456789'],
    [{ image: 'shop/cart:2', source }, 'shop/cart:2'],
    [{ image: 'shop/cart@sha256:12', source }, 'shop/cart@sha256:12'],
    [{ image: 'shop/cart' }, 'shop/cart'],
    [{ image: 'shop/cart:${revision.short}' }, 'shop/cart:abcdef0'],
  ])('of %j is %s', (spec, image) => {
    expect(
      podOf(objectsOf('deploy/cart', [{ name: 'cart', ...spec }]), 'Deployment/cart'),
    ).toMatchObject({ template: { spec: { containers: [{ image }] } } });
  });

  it('that nobody names is missing, unless it is of a well-known engine', () => {
    expect(() => objectsOf('deploy/bare', [{ name: 'bare' }])).toThrow(
      expect.objectContaining({ code: 'IMAGE_MISSING' }),
    );
    const db = objectsOf('deploy/bare', [{ name: 'bare', type: 'datastore' }]);
    expect(podOf(db, 'StatefulSet/bare')).toMatchObject({
      template: { spec: { containers: [{ image: 'postgres:17' }] } },
    });
  });

  it('named after a revision that nobody knows is an error', () => {
    const specs = [{ name: 'cart', image: 'shop/cart:${revision.sha}' }];
    expect(() => objectsOf('deploy/cart', specs, {}, { picks: {} })).toThrow(/none is known/u);
  });
});

describe('a datastore', () => {
  it('keeps its data on its node unless told otherwise, and runs as the user of its image', () => {
    const objects = objectsOf('deploy/db', [
      { name: 'db', type: 'datastore', image: 'postgres:17-alpine' },
    ]);
    expect(podOf(objects, 'StatefulSet/db')).toMatchObject({
      template: {
        spec: {
          securityContext: { runAsUser: 70, fsGroup: 70 },
          volumes: [{ name: 'data', emptyDir: { sizeLimit: '1Gi' } }],
        },
      },
    });
  });

  it('of an engine that nobody knows has a place for data only where the catalog says', () => {
    const spec = { name: 'db', type: 'datastore' as const, datastore: { engine: 'own' } };
    expect(JSON.stringify(objectsOf('deploy/db', [spec]))).not.toContain('emptyDir');
    const storage = { sizeBytes: 2 * GiB, path: '/srv', isPersistent: true };
    expect(podOf(objectsOf('deploy/db', [{ ...spec, storage }]), 'StatefulSet/db')).toMatchObject({
      volumeClaimTemplates: [{ spec: { resources: { requests: { storage: '2Gi' } } } }],
      template: { spec: { containers: [{ volumeMounts: [{ name: 'data', mountPath: '/srv' }] }] } },
    });
  });

  it('whose password the catalog sets itself is not told another', () => {
    const value = { kind: 'secret', secretRef: { name: 'payments', key: 'api-key' } } as const;
    const environment = [{ name: 'POSTGRES_PASSWORD', value }];
    const objects = objectsOf('deploy/db', [{ name: 'db', type: 'datastore', environment }]);
    expect(JSON.stringify(podOf(objects, 'StatefulSet/db'))).not.toContain('secretKeyRef');
  });

  it.each(['migrate', 'seed', 'index', 'topic'])(
    'of an engine that nobody knows is not filled by "%s"',
    (kind) => {
      const datastore = {
        engine: 'own',
        migrations: { files: ['*.sql'] },
        seeds: { files: ['*.sql'] },
        indices: ['a'],
        topics: ['a'],
      };
      expect(() => objectsOf(`${kind}/db`, [{ name: 'db', type: 'datastore', datastore }])).toThrow(
        expect.objectContaining({ code: 'DATASTORE_UNSUPPORTED' }),
      );
    },
  );

  it('takes many files in several ConfigMaps, and none that is larger than one', () => {
    const datastore = { migrations: { files: ['*.sql'] } };
    const db = [{ name: 'db', type: 'datastore' as const, datastore }];
    const text = 'x'.repeat(600 * 1024);
    const files = new Map(['a', 'b', 'c'].map((name) => [`${name}.sql`, text]));
    const objects = objectsOf('migrate/db', db, { files });
    expect(objects.map(({ kind }) => kind)).toEqual(['ConfigMap', 'ConfigMap', 'ConfigMap', 'Job']);
    const large = new Map([['a.sql', 'x'.repeat(1024 ** 2)]]);
    expect(() => objectsOf('migrate/db', db, { files: large })).toThrow(/too large/u);
  });
});

describe('the scripts of files', () => {
  const files = new Map([["it's.sql", 'SELECT 1']]);

  it.each([
    ['postgres', "'it''s.sql'"],
    // In SQL, and that in the shell.
    ['mysql', String.raw`'\''it'\'''\''s.sql'\''`],
  ])('quote names for %s', (engine, quoted) => {
    const datastore = { engine, migrations: { files: ['*.sql'] } };
    const objects = objectsOf('migrate/db', [{ name: 'db', type: 'datastore', datastore }], {
      files,
    });
    expect(textsAt(objects[0], 'data')['run.sh']).toContain(quoted);
  });
});

describe('a component without ports', () => {
  it('has no Service, and is not asked whether it is ready', () => {
    const specs = [{ name: 'mailer', type: 'worker' as const }];
    expect(
      namesOf(objectsOf('namespace/coupon', specs)).filter((name) => name.startsWith('Service/')),
    ).toEqual([]);
    expect(namesOf(objectsOf('deploy/mailer', specs))).toEqual(['Deployment/mailer']);
    expect(JSON.stringify(objectsOf('deploy/mailer', specs))).not.toContain('Probe');
  });
});

describe('the Service of an inside component', () => {
  it('also answers on the port and by the name that the baseline has for it', () => {
    const baseline = { service: 'cart-svc', ports: { http: 80 } };
    const objects = objectsOf('namespace/coupon', [{ name: 'cart', ports: [HTTP], baseline }]);
    const ports = [
      { name: 'http', port: 8080, targetPort: 8080 },
      { name: 'baseline-0', port: 80, targetPort: 8080 },
    ];
    expect(objectOf(objects, 'Service/cart')['spec']).toMatchObject({ ports });
    expect(objectOf(objects, 'Service/cart-svc')['spec']).toMatchObject({ ports });
  });

  it('has no second name that another component has, or claims too', () => {
    const named = (name: string, service: string) => ({
      name,
      ports: [HTTP],
      baseline: { service, ports: {} },
    });
    const objects = objectsOf('namespace/coupon', [
      named('cart', 'api'),
      named('orders', 'api'),
      named('web', 'cart'),
    ]);
    expect(namesOf(objects).filter((name) => name.startsWith('Service/'))).toEqual([
      'Service/cart',
      'Service/orders',
      'Service/web',
    ]);
  });
});

describe('where people reach a component', () => {
  const gateway = { name: 'gateway', ports: [HTTP] };
  const { exposure } = SETTINGS;

  it.each([
    [{}, 'https://coupon--gateway.shop.example:8443'],
    [{ tls: { kind: 'none' }, port: null }, 'http://coupon--gateway.shop.example'],
    [{ kind: 'none' }, 'http://gateway.offshoot-coupon.svc.cluster.local:8080'],
  ] as const)('with %j is %s', (changes, url) => {
    const settings = { ...SETTINGS, exposure: { ...exposure, ...changes } };
    expect(publicUrlOf(settings, 'coupon', gateway)).toBe(url);
  });

  it('is nowhere without a port', () => {
    expect(publicUrlOf(SETTINGS, 'coupon', { name: 'gateway', ports: [] })).toBeNull();
  });
});

describe('a component with an SDK', () => {
  const capture = { mode: 'tap', image: 'offshoot:1', tapImage: 'tap:1' } as const;
  const settings = { ...SETTINGS, capture, receivesSpans: true };
  const cart = { name: 'cart', ports: [HTTP] } as const;
  const told = (spec: ComponentSpec, more: Partial<typeof SETTINGS> = {}): unknown =>
    valueAt(
      objectsOf('deploy/cart', [spec], { settings: { ...settings, ...more } }).find(
        ({ kind }) => kind === 'ConfigMap',
      ),
      'data',
    );

  it('is told where the analyser of its environment takes spans', () => {
    expect(told(cart)).toMatchObject({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://offshoot--analyser:4318',
      OTEL_SERVICE_NAME: 'cart',
    });
  });

  it('keeps what it says itself', () => {
    const environment = [
      { name: 'OTEL_SERVICE_NAME', value: { kind: 'template', template: 'basket' } },
    ] as const;
    expect(told({ ...cart, environment })).toMatchObject({ OTEL_SERVICE_NAME: 'basket' });
  });

  it('is told so without being asked for where spans are all there is', () => {
    const spansOnly = { mode: 'otlp', image: 'offshoot:1' } as const;
    expect(told(cart, { capture: spansOnly, receivesSpans: false })).toHaveProperty(
      'OTEL_EXPORTER_OTLP_ENDPOINT',
    );
  });

  it('is told nothing where nobody takes spans, or nobody wants them', () => {
    expect(told(cart, { receivesSpans: false })).toEqual({ PORT: '8080' });
    expect(told(cart, { capture: { mode: 'off' } })).toEqual({ PORT: '8080' });
  });
});
