import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRepository } from '../support/git-repositories.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/**
 * A project whose every environment has the same many services: all of them lie on a path from the entry to
 * the one that branches change. The entry calls the first of eight layers, each service three of the next one.
 */

export interface ScaleProject {
  readonly folder: string;
  readonly file: string;
  readonly home: string;
  readonly prefix: string;
  readonly controlNamespace: string;
  /** A branch of this name that changes the last service. Its environment has the same name. */
  branch(name: string): string;
  remove(): Promise<void>;
}

export interface ScaleOptions {
  readonly prefix: string;
  /** Services, at least as many as layers. */
  readonly components: number;
  /** Whether a service starts only when those that it calls are ready. */
  readonly waits: boolean;
}

/** Never pulled: simulated nodes run nothing. */
export const SCALE_IMAGE = 'registry.example/scale/service:1';

const LAYERS = 8;
const CALLS = 3;
const CHANGED = 'base';
const ENTRY = 'entry';
const API_VERSION = 'offshoot.dev/v1alpha1';

export async function scaleProject({
  prefix,
  components,
  waits,
}: ScaleOptions): Promise<ScaleProject> {
  const folder = await temporaryFolder();
  const { path } = folder;
  const catalog = join(path, 'catalog');
  await mkdir(catalog);
  const repository = createRepository(path, CHANGED, { version: 'main\n' });
  const document = (name: string, kind: string, spec: object): Promise<void> =>
    writeFile(
      join(
        kind === 'Project' ? path : catalog,
        kind === 'Project' ? 'offshoot.yaml' : `${name}.yaml`,
      ),
      // JSON is YAML.
      JSON.stringify({ apiVersion: API_VERSION, kind, metadata: { name }, spec }),
    );
  const controlNamespace = `${prefix}-control`;
  await document('scale', 'Project', {
    catalog: 'catalog',
    engine: 'kubernetes',
    prefix,
    controlNamespace,
    caps: { environments: 1000 },
  });
  for (const [name, calls] of callsOf(components)) {
    const source = name === CHANGED ? { source: { repository: repository.path } } : {};
    await document(name, 'Component', { ...source, ...serviceSpec(name, calls, waits) });
  }
  return {
    folder: path,
    file: join(path, 'offshoot.yaml'),
    home: join(path, 'home'),
    prefix,
    controlNamespace,
    branch(name) {
      repository.commit(name, { version: `${name}\n` });
      return name;
    },
    remove: () => folder.remove(),
  };
}

/** Name → names that it calls. */
function callsOf(components: number): ReadonlyMap<string, readonly string[]> {
  const others = Array.from({ length: components - 2 }, (_, index) => nameOf(index));
  const size = Math.ceil(others.length / LAYERS);
  const layers = Array.from({ length: LAYERS }, (_, index) =>
    others.slice(index * size, (index + 1) * size),
  );
  const calls = new Map<string, readonly string[]>([
    [CHANGED, []],
    [ENTRY, layers[0] ?? []],
  ]);
  for (const [depth, layer] of layers.entries()) {
    const next = layers[depth + 1] ?? [];
    for (const [place, name] of layer.entries()) {
      const called = Array.from(
        { length: CALLS },
        (_, nth) => next[(place + nth * 7) % next.length],
      );
      const known = [...new Set(called)].flatMap((each) => each ?? []);
      calls.set(name, known.length === 0 ? [CHANGED] : known);
    }
  }
  return calls;
}

function nameOf(index: number): string {
  return `service-${String(index).padStart(3, '0')}`;
}

function serviceSpec(name: string, calls: readonly string[], waits: boolean): object {
  const url = (callee: string): string =>
    `http://\${dependencies.${callee}.host}:\${dependencies.${callee}.ports.http}`;
  return {
    type: 'service',
    image: SCALE_IMAGE,
    ports: { http: 8080 },
    readiness: { http: '/healthz', port: 'http', timeout: '15m' },
    resources: { cpu: '50m', memory: '64Mi' },
    environment: {
      LOG_LEVEL: 'info',
      PORT_HTTP: '8080',
      ...Object.fromEntries(calls.map((callee, index) => [`CALLEE_${index}_URL`, url(callee)])),
    },
    dependencies: calls.map((callee) => ({
      name: callee,
      startup: waits ? 'wait' : 'independent',
    })),
    ...(name === ENTRY ? { expose: true } : {}),
  };
}
