import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_CLUSTER_CHOICES } from '../../../../src/application/project.ts';
import { findProject } from '../../../../src/adapters/catalog-files/project-file.ts';
import {
  loadProject,
  stateFolder,
  type SettingsRequest,
} from '../../../../src/adapters/catalog-files/project-settings.ts';
import type { ProjectSettings } from '../../../../src/application/project.ts';
import { DiagnosticsError } from '../../../../src/domain/diagnostic.ts';
import { OperationError } from '../../../../src/domain/errors.ts';
import { temporaryFolder, type TemporaryFolder } from '../../../support/temporary-folder.ts';

const HEAD = 'apiVersion: offshoot.dev/v1alpha1\nkind: Project\nmetadata: { name: shop }\n';

describe('the settings of a project', () => {
  let folder: TemporaryFolder;
  beforeEach(async () => {
    folder = await temporaryFolder();
  });
  afterEach(() => folder.remove());

  function load(request: Partial<SettingsRequest> = {}): Promise<ProjectSettings> {
    return loadProject({
      flags: {},
      workingFolder: folder.path,
      variables: {},
      userFolder: '/home/someone',
      ...request,
    });
  }

  async function write(spec: string, file = 'offshoot.yaml'): Promise<void> {
    await writeFile(join(folder.path, file), `${HEAD}spec:\n${spec}`);
  }

  it('have a default for everything but the catalog', async () => {
    await write('  catalog: catalog/shop\n');
    expect(await load()).toEqual({
      name: 'shop',
      folder: folder.path,
      file: join(folder.path, 'offshoot.yaml'),
      catalog: [join(folder.path, 'catalog/shop')],
      engine: 'embedded',
      context: null,
      clusterDomain: 'cluster.local',
      prefix: 'offshoot',
      domain: 'offshoot.localhost',
      baselineNamespaces: [],
      cluster: DEFAULT_CLUSTER_CHOICES,
      watchBranches: ['feat/*', 'fix/*', 'feature/*'],
      ttlMs: null,
      caps: { environments: 20, concurrency: 8 },
      secrets: join(folder.path, 'secrets'),
      home: '/home/someone/.local/state/offshoot',
    });
  });

  it('take everything from the file that it says', async () => {
    await write(
      [
        '  catalog: [one, ../two]',
        '  engine: kubernetes',
        '  context: kind',
        '  clusterDomain: cluster.example',
        '  prefix: eph',
        '  domain: eph.example',
        '  baseline: { namespaces: [shop, payments] }',
        '  watch: { branches: ["team/*"] }',
        '  ttl: 1h30m',
        '  caps: { environments: 5, concurrency: 2 }',
        '  secrets: ../secrets',
      ].join('\n'),
    );
    expect(await load()).toMatchObject({
      catalog: [join(folder.path, 'one'), join(folder.path, '../two')],
      engine: 'kubernetes',
      context: 'kind',
      clusterDomain: 'cluster.example',
      prefix: 'eph',
      domain: 'eph.example',
      baselineNamespaces: ['shop', 'payments'],
      watchBranches: ['team/*'],
      ttlMs: 5_400_000,
      caps: { environments: 5, concurrency: 2 },
      secrets: join(folder.path, '../secrets'),
    });
  });

  it.each([
    ['{ image: o, tapImage: t, addNetRaw: true }', { mode: 'tap', addsNetRaw: true }],
    ['{ image: o, tapImage: t, addNetRaw: false }', { mode: 'tap', image: 'o', tapImage: 't' }],
    ['{ mode: off, image: o, tapImage: t }', { mode: 'off' }],
    ['{ mode: otlp, image: o }', { mode: 'otlp', image: 'o' }],
    ['{ mode: nodes, image: o, tapImage: t }', { mode: 'nodes', tapImage: 't' }],
    ['{}', { mode: 'off' }],
  ])('take `capture: %s` at its word', async (text, capture) => {
    await write(`  catalog: catalog\n  capture: ${text}`);
    expect((await load()).cluster.capture).toMatchObject(capture);
  });

  it.each([
    ['{ image: o, tapImage: t, baseline: true }', true],
    ['{ mode: otlp, image: o, baseline: true }', true],
    ['{ mode: nodes, tapImage: t, baseline: true }', true],
    ['{ mode: off, baseline: true }', undefined],
    ['{ image: o, tapImage: t }', undefined],
  ])('capture the baseline too by `capture: %s`: %s', async (text, capturesBaseline) => {
    await write(`  catalog: catalog\n  capture: ${text}`);
    expect((await load()).cluster.capturesBaseline).toBe(capturesBaseline);
  });

  it.each([
    '{ image: o }',
    '{ tapImage: t }',
    '{ mode: tap }',
    '{ addNetRaw: true }',
    '{ mode: otlp }',
    '{ mode: nodes, image: o }',
  ])('refuse `capture: %s`, which names too little', async (text) => {
    await write(`  catalog: catalog\n  capture: ${text}`);
    await expect(load()).rejects.toMatchObject({ code: 'PROJECT_INVALID' });
  });

  it('say what environments look like on a cluster', async () => {
    await write(
      [
        '  catalog: catalog',
        '  capture: { image: "offshoot:1", tapImage: "tap:1" }',
        '  exposure:',
        '    kind: gateway',
        '    className: public',
        '    gateway: { namespace: edge, name: public }',
        '    tls: { issuer: letters }',
        '    port: 8443',
        '  environments:',
        '    template:',
        '      labels: { team: shop }',
        '      quota: { pods: 50, limits.memory: 8Gi }',
        '      objects:',
        '        - { apiVersion: v1, kind: ConfigMap, metadata: { name: ca, labels: { a: b } }, data: { k: v } }',
        '  imagePullSecrets: [registry]',
        '  ingressNamespaces: [edge]',
        '  controlNamespace: offshoot',
      ].join('\n'),
    );
    expect((await load()).cluster).toEqual({
      capture: { mode: 'tap', image: 'offshoot:1', tapImage: 'tap:1' },
      exposure: {
        kind: 'gateway',
        className: 'public',
        gateway: { namespace: 'edge', name: 'public' },
        tls: { kind: 'issuer', annotation: 'cert-manager.io/cluster-issuer', issuer: 'letters' },
        port: 8443,
      },
      template: {
        labels: { team: 'shop' },
        annotations: {},
        objects: [
          {
            apiVersion: 'v1',
            kind: 'ConfigMap',
            metadata: { name: 'ca', labels: { a: 'b' } },
            data: { k: 'v' },
          },
        ],
        quota: { pods: '50', 'limits.memory': '8Gi' },
      },
      imagePullSecrets: ['registry'],
      ingressNamespaces: ['edge'],
      controlNamespace: 'offshoot',
    });
  });

  it('take certificates from a wildcard secret too, and annotations for every namespace', async () => {
    await write(
      [
        '  catalog: catalog',
        '  exposure: { kind: ingress, tls: { secret: wildcard } }',
        '  environments:',
        '    template:',
        '      objects: [{ apiVersion: v1, kind: Secret, metadata: { name: s, annotations: { a: b } } }]',
      ].join('\n'),
    );
    expect((await load()).cluster).toMatchObject({
      exposure: { kind: 'ingress', tls: { kind: 'secret', name: 'wildcard' } },
      template: { objects: [{ metadata: { name: 's', annotations: { a: 'b' } } }] },
    });
  });

  it('are refused where they name a gateway and do not say which', async () => {
    await write('  catalog: catalog\n  exposure: { kind: gateway }\n');
    await expect(load()).rejects.toMatchObject({ code: 'PROJECT_INVALID' });
  });

  it('refuse template objects that say a namespace of their own', async () => {
    await write(
      '  catalog: catalog\n  environments: { template: { objects: [{ apiVersion: v1, kind: Secret, metadata: { name: s, namespace: prod } }] } }\n',
    );
    await expect(load()).rejects.toMatchObject({ diagnostics: [{ code: 'PROJECT_INVALID' }] });
  });

  it('are found from any folder below the file', async () => {
    await write('  catalog: catalog\n');
    const below = join(folder.path, 'a', 'b');
    await mkdir(below, { recursive: true });
    expect(await findProject(below)).toBe(join(folder.path, 'offshoot.yaml'));
    expect((await load({ workingFolder: below })).catalog).toEqual([join(folder.path, 'catalog')]);
  });

  it('prefer a flag to a variable, a variable to the file, the file to the default', async () => {
    await write('  catalog: of-file\n  prefix: of-file\n  engine: embedded\n  domain: of-file\n');
    const variables = { OFFSHOOT_CATALOG: 'of-variable:more', OFFSHOOT_PREFIX: 'of-variable' };
    const flags = { catalog: ['of-flag'], prefix: 'of-flag' };
    expect(await load({ variables, flags })).toMatchObject({
      catalog: [join(folder.path, 'of-flag')],
      prefix: 'of-flag',
      domain: 'of-file',
    });
    expect(await load({ variables })).toMatchObject({
      catalog: [join(folder.path, 'of-variable'), join(folder.path, 'more')],
      prefix: 'of-variable',
    });
  });

  it('take an empty variable as not set', async () => {
    await write('  catalog: catalog\n');
    const variables = { OFFSHOOT_PREFIX: '', OFFSHOOT_HOME: '', OFFSHOOT_CATALOG: '' };
    expect(await load({ variables })).toMatchObject({ prefix: 'offshoot' });
  });

  it.each([
    { flags: {}, variables: {}, engine: 'embedded', context: null },
    { flags: { context: 'kind' }, variables: {}, engine: 'kubernetes', context: 'kind' },
    { flags: {}, variables: { OFFSHOOT_CONTEXT: 'k' }, engine: 'kubernetes', context: 'k' },
    {
      flags: { engine: 'embedded' },
      variables: { OFFSHOOT_CONTEXT: 'k' },
      engine: 'embedded',
      context: 'k',
    },
    {
      flags: { context: 'kind' },
      variables: { OFFSHOOT_ENGINE: 'embedded' },
      engine: 'kubernetes',
      context: 'kind',
    },
  ])(
    'mean $engine with flags $flags and variables $variables',
    async ({ flags, variables, engine, context }) => {
      await write('  catalog: catalog\n');
      expect(await load({ flags, variables })).toMatchObject({ engine, context });
    },
  );

  it.each([
    ['shop', 'shop'],
    ['My Shop', 'project'],
  ])(
    'need no file when a catalog is named, and take their name from the folder (%s)',
    async (last, name) => {
      const workingFolder = join(folder.path, last);
      await mkdir(workingFolder);
      const settings = await load({ workingFolder, flags: { catalog: ['catalog'] } });
      expect(settings).toMatchObject({
        name,
        folder: workingFolder,
        catalog: [join(workingFolder, 'catalog')],
      });
    },
  );

  it('need no catalog for commands that use none', async () => {
    expect(await load({ isCatalogNeeded: false })).toMatchObject({
      catalog: [],
      engine: 'embedded',
    });
  });

  it('without file and catalog are PROJECT_NOT_FOUND', async () => {
    await expect(load()).rejects.toMatchObject({ code: 'PROJECT_NOT_FOUND' });
    await write('  prefix: x\n');
    await expect(load()).rejects.toMatchObject({ code: 'PROJECT_NOT_FOUND' });
  });

  it('of a file that was named but is not there are PROJECT_NOT_FOUND', async () => {
    await expect(load({ flags: { project: 'gone.yaml' } })).rejects.toMatchObject({
      code: 'PROJECT_NOT_FOUND',
    });
  });

  it('say all that is wrong in the file, each at its place', async () => {
    await write('  catalgo: x\n  engine: docker\n  ttl: soon\n  caps: { environments: 0 }\n');
    const error = await load().catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(DiagnosticsError);
    const diagnostics = error instanceof DiagnosticsError ? error.diagnostics : [];
    expect(
      diagnostics.map(({ code, location, message, hint }) => [
        code,
        location?.line,
        location?.column,
        message,
        hint,
      ]),
    ).toEqual([
      [
        'PROJECT_INVALID',
        5,
        3,
        'the key "catalgo" is not known in "spec"',
        'did you mean "catalog"?',
      ],
      [
        'PROJECT_INVALID',
        6,
        11,
        'expected one of "embedded", "kubernetes", got "docker"',
        undefined,
      ],
      [
        'PROJECT_INVALID',
        7,
        8,
        'expected a duration like "90s", "5m" or "2h", got "soon"',
        undefined,
      ],
      ['PROJECT_INVALID', 8, 25, 'expected a whole number of at least 1, got 0', undefined],
    ]);
  });

  it.each([
    ['', 'nothing in it'],
    ['a: [', 'no YAML'],
    ['- a', 'no mapping'],
    ['apiVersion: offshoot.dev/v2\nkind: Project\nmetadata: { name: x }\n', 'another version'],
    [`${HEAD}---\n${HEAD}`, 'two documents'],
  ])('of a file with %j (%s) are PROJECT_INVALID', async (text) => {
    await writeFile(join(folder.path, 'offshoot.yaml'), text);
    await expect(load()).rejects.toMatchObject({ code: 'PROJECT_INVALID' });
  });

  it('refuse flags and variables that make no sense', async () => {
    await write('  catalog: catalog\n');
    const bad: Partial<SettingsRequest>[] = [
      { flags: { engine: 'docker' } },
      { variables: { OFFSHOOT_ENGINE: 'kubernete' } },
      { flags: { prefix: 'Bad Prefix' } },
      { variables: { OFFSHOOT_DOMAIN: 'no domain' } },
    ];
    for (const request of bad) {
      const error = await load(request).catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(OperationError);
      expect(error).toMatchObject({ code: 'USAGE' });
    }
  });

  it.each([
    [{}, '/home/someone/.local/state/offshoot'],
    [{ XDG_STATE_HOME: '/var/state' }, '/var/state/offshoot'],
    [{ XDG_STATE_HOME: 'relative' }, '/home/someone/.local/state/offshoot'],
    [{ OFFSHOOT_HOME: '/own', XDG_STATE_HOME: '/var/state' }, '/own'],
    [{ OFFSHOOT_HOME: 'own' }, '/work-here/own'],
  ])('keep state, with %j, in %s', (variables, expected) => {
    expect(stateFolder(variables, '/work-here', '/home/someone')).toBe(expected);
  });
});
