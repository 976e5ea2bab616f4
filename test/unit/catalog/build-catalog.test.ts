import { describe, expect, it } from 'vitest';
import { buildCatalog } from '../../../src/domain/catalog/build-catalog.ts';
import { codesOf, componentDocument, testSuiteDocument } from '../../support/documents.ts';

const wait = (name: string) => ({ name, startup: 'wait' as const, publishes: [], consumes: [] });

describe('buildCatalog', () => {
  it('fills in every default of a component', () => {
    const { catalog } = buildCatalog({ components: [componentDocument('cart')], testSuites: [] });
    expect(catalog.components.get('cart')).toEqual({
      name: 'cart',
      type: 'service',
      owner: null,
      labels: {},
      ports: [],
      environment: [],
      dependencies: [],
      readiness: { timeoutMs: 120_000 },
      resources: { cpuMillis: 100, memoryBytes: 134_217_728 },
      expose: false,
      sharing: 'isolated',
      location: { file: 'cart.yaml', line: 3, column: 1 },
    });
  });

  it('fills in every default of a test suite', () => {
    const { catalog } = buildCatalog({
      components: [componentDocument('cart')],
      testSuites: [testSuiteDocument('e2e', { entry: 'cart', command: ['run'] })],
    });
    expect(catalog.testSuites.get('e2e')).toEqual({
      name: 'e2e',
      entry: 'cart',
      command: ['run'],
      environment: [],
      timeoutMs: 600_000,
      safeOnBaseline: false,
      location: { file: 'e2e.yaml', line: 3, column: 1 },
    });
  });

  it.each([
    [{ image: 'docker.io/library/postgres:16' }, 'postgres', 5432],
    [{ image: 'registry.example:5000/team/redis@sha256:abc' }, 'redis', 6379],
    [{ engine: 'kafka', image: 'confluent/cp' }, 'kafka', 9092],
    [{}, 'custom', undefined],
    [{ image: 'constructor' }, 'constructor', undefined],
  ])('knows the engine and its port of a datastore with %j', (spec, engine, port) => {
    const { catalog } = buildCatalog({
      components: [componentDocument('orders-db', { type: 'datastore', ...spec })],
      testSuites: [],
    });
    const built = catalog.components.get('orders-db');
    expect(built?.datastore).toEqual({
      engine,
      isolation: 'dedicated',
      database: 'orders_db',
      username: 'orders_db',
      indices: [],
      topics: [],
    });
    expect(built?.ports.map((each) => [each.port, each.protocol])).toEqual(
      port === undefined ? [] : [[port, 'tcp']],
    );
  });

  it('reads ports in both forms and keeps their order', () => {
    const { catalog } = buildCatalog({
      components: [
        componentDocument('web', {
          ports: { web: 80, https: 443, admin: { port: 9000, protocol: 'tcp' }, api: { port: 81 } },
        }),
      ],
      testSuites: [],
    });
    expect(catalog.components.get('web')?.ports).toEqual([
      { name: 'web', port: 80, protocol: 'http' },
      { name: 'https', port: 443, protocol: 'tcp' },
      { name: 'admin', port: 9000, protocol: 'tcp' },
      { name: 'api', port: 81, protocol: 'http' },
    ]);
  });

  it('reads what shapes the container on a cluster, and keeps what is not said absent', () => {
    const { catalog, diagnostics } = buildCatalog({
      components: [
        componentDocument('db', {
          type: 'datastore',
          liveness: { port: 'custom' },
          ports: { custom: 5000 },
          resources: {
            cpu: '50m',
            limits: { cpu: 1, memory: '1Gi' },
            ephemeralStorage: '1k',
            sharedMemory: '2k',
          },
          container: { command: ['serve'], args: undefined },
          security: { runAsNonRoot: false, runAsUser: 0, capabilities: ['CHOWN'] },
          writable: ['/tmp'],
          storage: { path: '/data' },
          seeds: { command: ['seed'], image: 'seed:1' },
        }),
        componentDocument('web', { replicas: 3, resources: { limits: { cpu: '1' } } }),
        componentDocument('kept', {
          type: 'datastore',
          storage: { size: '2k', persistent: true, class: 'fast' },
        }),
      ],
      testSuites: [],
    });
    expect(diagnostics).toEqual([]);
    const db = catalog.components.get('db');
    expect(db).toMatchObject({
      liveness: { port: 'custom' },
      resources: {
        cpuMillis: 50,
        memoryBytes: 134_217_728,
        limits: { cpuMillis: 1000, memoryBytes: 1_073_741_824 },
        ephemeralStorageBytes: 1000,
        sharedMemoryBytes: 2000,
      },
      security: { runAsNonRoot: false, runAsUser: 0, capabilities: ['CHOWN'] },
      writable: ['/tmp'],
    });
    expect(db?.container).toEqual({ command: ['serve'] });
    expect(db?.storage).toEqual({ sizeBytes: 1_073_741_824, path: '/data', isPersistent: false });
    expect(db?.datastore?.seeds).toEqual({ command: ['seed'], image: 'seed:1' });
    expect(catalog.components.get('web')?.replicas).toBe(3);
    expect(catalog.components.get('web')?.resources.limits).toEqual({ cpuMillis: 1000 });
    expect(catalog.components.get('kept')?.storage).toEqual({
      sizeBytes: 2000,
      isPersistent: true,
      className: 'fast',
    });
  });

  it('takes an amount that means nothing as not said', () => {
    const { catalog } = buildCatalog({
      components: [componentDocument('web', { resources: { cpu: 'lots', memory: 'lots' } })],
      testSuites: [],
    });
    expect(catalog.components.get('web')?.resources).toEqual({
      cpuMillis: 100,
      memoryBytes: 134_217_728,
    });
  });

  it.each([
    [{ liveness: { port: 'nope' } }, 'CATALOG_BAD_REFERENCE web'],
    [{ security: { runAsUser: 0 } }, 'CATALOG_INVALID_VALUE web'],
    [{ security: { runAsUser: 0, runAsNonRoot: true } }, 'CATALOG_INVALID_VALUE web'],
    [{ resources: { limits: { memory: '1Mi' } } }, 'CATALOG_INVALID_VALUE web'],
    [{ resources: { cpu: 1, limits: { cpu: '500m' } } }, 'CATALOG_INVALID_VALUE web'],
    [{ storage: { path: '/data' } }, 'CATALOG_INVALID_VALUE web'],
  ])('refuses %j of a service', (spec, finding) => {
    expect(codesOf([componentDocument('web', { ports: { http: 80 }, ...spec })])).toEqual([
      finding,
    ]);
  });

  it('keeps where a component comes from, and refers to secrets without their values', () => {
    const { catalog, diagnostics } = buildCatalog({
      components: [
        componentDocument('web', {
          source: { repository: 'https://git.example/web.git', paths: ['.'] },
          environment: { KEY: { secretRef: { name: 'web', key: 'api-key' } }, LEVEL: 3 },
        }),
      ],
      testSuites: [],
    });
    expect(diagnostics).toEqual([]);
    expect(catalog.components.get('web')).toMatchObject({
      source: { repository: 'https://git.example/web.git', paths: ['.'] },
      environment: [
        { name: 'KEY', value: { kind: 'secret', secretRef: { name: 'web', key: 'api-key' } } },
        { name: 'LEVEL', value: { kind: 'template', template: '3' } },
      ],
    });
  });

  it('knows a start order that was written from one by default', () => {
    const { catalog } = buildCatalog({
      components: [
        componentDocument('a', { dependencies: ['b', wait('c')] }),
        componentDocument('b'),
        componentDocument('c'),
      ],
      testSuites: [],
    });
    expect(
      catalog.components
        .get('a')
        ?.dependencies.map(({ name, startup, isStartupExplicit }) => [
          name,
          startup,
          isStartupExplicit,
        ]),
    ).toEqual([
      ['b', 'wait', false],
      ['c', 'wait', true],
    ]);
  });

  it('leaves out what is broken, with the dependencies on it, and blames nobody else', () => {
    const broken = { ...componentDocument('cart'), isBroken: true };
    const { catalog, diagnostics } = buildCatalog({
      components: [
        broken,
        componentDocument('gateway', { dependencies: ['cart', 'prices'] }),
        componentDocument('prices'),
      ],
      testSuites: [testSuiteDocument('e2e', { entry: 'cart', image: 'x' })],
    });
    expect(diagnostics).toEqual([]);
    expect([...catalog.components.keys()]).toEqual(['gateway', 'prices']);
    expect(catalog.components.get('gateway')?.dependencies.map(({ name }) => name)).toEqual([
      'prices',
    ]);
  });

  it('does not call a name dangling that stands in a file it could not read', () => {
    const components = [componentDocument('gateway', { dependencies: ['cart', 'cartt'] })];
    const { diagnostics } = buildCatalog({
      components,
      testSuites: [],
      unreadableNames: new Set(['cart']),
    });
    expect(diagnostics.map(({ hint }) => hint)).toEqual(['did you mean "cart"?']);
  });

  it('keeps a component with warnings', () => {
    const { catalog, diagnostics } = buildCatalog({
      components: [componentDocument('mail', { type: 'external' })],
      testSuites: [],
    });
    expect(diagnostics.map(({ severity }) => severity)).toEqual(['warning']);
    expect(catalog.components.has('mail')).toBe(true);
  });

  it('survives a catalog in which thousands of dependencies dangle', () => {
    const names = Array.from({ length: 3000 }, (_, index) => `component-${index}`);
    const components = names.map((name, index) =>
      componentDocument(name, { dependencies: [`missing-${index}`] }),
    );
    expect(buildCatalog({ components, testSuites: [] }).diagnostics).toHaveLength(3000);
  });
});

describe('a reference', () => {
  const hintsOf = (...components: Parameters<typeof codesOf>[0]) =>
    buildCatalog({ components, testSuites: [] }).diagnostics.map(({ message, hint }) => [
      message,
      hint,
    ]);

  it('to the address of a component without ports is told why there is none', () => {
    const cart = componentDocument('cart');
    const web = componentDocument('web', {
      dependencies: ['cart'],
      environment: { A: '${dependencies.cart.url}' },
    });
    expect(hintsOf(cart, web)).toEqual([
      ['"cart" has no output "url", expected one of: host', '"cart" declares no `ports`'],
    ]);
  });

  it('to what is no dependency says so when there are none', () => {
    const web = componentDocument('web', { environment: { A: '${dependencies.cart.host}' } });
    expect(hintsOf(web)).toEqual([
      ['"cart" is not among the dependencies of "web": none', 'add "cart" to `dependencies`'],
    ]);
  });

  it('to an output that a component does not have of itself is told which there are', () => {
    const web = componentDocument('web', {
      ports: { http: 80 },
      environment: { A: '${self.adress}' },
    });
    expect(hintsOf(web)).toEqual([
      ['"web" has no output "adress" for itself, expected one of: host, ports.http', undefined],
    ]);
    expect(hintsOf({ ...web, isBroken: true }).map(([message]) => message)).toEqual([
      expect.stringMatching(/^"\$\{self\.adress\}" is not a reference/u),
    ]);
  });

  it('to what is no dependency names those there are, at most twelve', () => {
    const names = Array.from({ length: 14 }, (_, index) => `service-${index + 10}`);
    const web = componentDocument('web', {
      dependencies: names,
      environment: { A: '${dependencies.zebra.host}', B: '${dependencies.zebra.nothing}' },
    });
    const [first, second] = hintsOf(web, ...names.map((name) => componentDocument(name)));
    expect(first).toEqual([
      `"zebra" is not among the dependencies of "web": ${names.slice(0, 12).join(', ')} and 2 more`,
      'add "zebra" to `dependencies`',
    ]);
    expect(second).toEqual(first);
  });

  it('to an unknown output of a broken component is told the general form only', () => {
    const cart = { ...componentDocument('cart'), isBroken: true };
    const web = componentDocument('web', {
      dependencies: ['cart'],
      environment: { A: '${dependencies.cart.adress}', B: '${dependencies.cart.ports.any}' },
    });
    expect(hintsOf(cart, web).map(([message]) => message)).toEqual([
      '"${dependencies.cart.adress}" is not a reference, expected one of host, ports.NAME, url, publicUrl, username, password, database after "dependencies.cart."',
    ]);
  });

  it('of a broken component to itself, or to a dependency it may have lost, is not judged', () => {
    const environment = { A: '${self.ports.any}', B: '${dependencies.lost.host}' };
    expect(hintsOf({ ...componentDocument('web', { environment }), isBroken: true })).toEqual([]);
  });
});

describe('the entry of a test suite', () => {
  it('that no component is near gets the general hint', () => {
    const { diagnostics } = buildCatalog({
      components: [componentDocument('cart')],
      testSuites: [testSuiteDocument('e2e', { entry: 'zebra', command: ['run'] })],
    });
    expect(diagnostics.map(({ hint }) => hint)).toEqual(['name a component of type `service`']);
  });
});

describe('a start cycle', () => {
  const service = (name: string, ...dependencies: (string | ReturnType<typeof wait>)[]) =>
    componentDocument(name, { dependencies });
  const job = (name: string, ...dependencies: string[]) =>
    componentDocument(name, { type: 'job', dependencies });
  const messages = (components: Parameters<typeof codesOf>[0]) =>
    buildCatalog({ components, testSuites: [] }).diagnostics.map(({ message }) => message);

  it('by default is a start group, not a mistake', () => {
    expect(codesOf([service('a', 'b'), service('b', 'c'), service('c', 'a')])).toEqual([]);
  });

  it('in which one edge is not explicit is none', () => {
    expect(codesOf([service('a', wait('b')), service('b', wait('c')), service('c', 'a')])).toEqual(
      [],
    );
  });

  it('in which every edge is explicit is a mistake, told from its smallest name', () => {
    expect(
      messages([service('c', wait('a')), service('a', wait('b')), service('b', wait('c'))]),
    ).toEqual([
      'components wait for each other to start: a → b → c → a, and every edge of it says `startup: wait`',
    ]);
  });

  it('that is explicit inside a larger group with other edges is found', () => {
    const components = [service('a', 'b'), service('b', wait('c'), 'a'), service('c', wait('b'))];
    expect(messages(components)).toEqual([
      'components wait for each other to start: b → c → b, and every edge of it says `startup: wait`',
    ]);
  });

  it('with a job is a mistake, told by a shortest path through the job', () => {
    const components = [service('a', 'b'), service('b', 'a', 'm'), job('m', 'b')];
    expect(messages(components)).toEqual([
      'components wait for each other to start: m → b → m, which contains the job "m"',
    ]);
  });

  it('with a job that is cut by an independent start is none', () => {
    const independent = { name: 'm', startup: 'independent' as const, publishes: [], consumes: [] };
    const components = [componentDocument('a', { dependencies: [independent] }), job('m', 'a')];
    expect(codesOf(components)).toEqual([]);
  });

  it('that has a job is told once, however explicit its edges are', () => {
    const components = [
      service('a', wait('m')),
      componentDocument('m', { type: 'job', dependencies: [wait('a')] }),
    ];
    expect(messages(components)).toEqual([
      'components wait for each other to start: m → a → m, which contains the job "m"',
    ]);
  });

  it('that is explicit may have explicit edges that lead out of it', () => {
    const components = [service('a', wait('b'), wait('c')), service('b', wait('a')), service('c')];
    expect(codesOf(components)).toEqual(['CATALOG_START_CYCLE a']);
  });

  it('of its own each is told once', () => {
    const components = [
      service('a', wait('b')),
      service('b', wait('a')),
      service('c', wait('d')),
      service('d', wait('c')),
      job('e', 'f'),
      service('f', 'e'),
    ];
    expect(codesOf(components)).toEqual([
      'CATALOG_START_CYCLE a',
      'CATALOG_START_CYCLE c',
      'CATALOG_START_CYCLE e',
    ]);
  });
});
