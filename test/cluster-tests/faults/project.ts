import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRepository, type TestRepository } from '../../support/git-repositories.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** A project of a few components that need nothing but the smallest image, with names that no other run has. */
export interface TestProject {
  readonly folder: string;
  /** `offshoot.yaml`. */
  readonly file: string;
  /** State folder of whoever works on it. */
  readonly home: string;
  readonly prefix: string;
  readonly controlNamespace: string;
  readonly repository: TestRepository;
  /** A branch that changes this component. Its environment has the same name. */
  branch(name: string, component: string): string;
  /** In place of the component of that name, or beside the others. */
  put(name: string, spec: Readonly<Record<string, unknown>>): Promise<void>;
  /** Changes what `offshoot.yaml` says. */
  settings(spec: Readonly<Record<string, unknown>>): Promise<void>;
  remove(): Promise<void>;
}

export type Specs = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

const IMAGE = 'offshoot.test/busybox:1';
/** Ends at once when it is told to, which as process 1 a shell would not, and with the code of the signal. */
const OBEYS = 'trap "exit 143" TERM';

export async function testProject(
  components: Specs,
  spec: Readonly<Record<string, unknown>> = {},
): Promise<TestProject> {
  const folder = await temporaryFolder();
  const mark = randomBytes(3).toString('hex');
  const prefix = `f${mark}`;
  const controlNamespace = `${prefix}-control`;
  const catalog = join(folder.path, 'catalog');
  await mkdir(catalog);
  const repository = createRepository(
    folder.path,
    'shop',
    Object.fromEntries(Object.keys(components).map((name) => [`${name}/version`, 'main\n'])),
  );
  const file = join(folder.path, 'offshoot.yaml');
  let settings: Readonly<Record<string, unknown>> = spec;
  const project: TestProject = {
    folder: folder.path,
    file,
    home: join(folder.path, 'home'),
    prefix,
    controlNamespace,
    repository,
    branch(name, component) {
      const branch = `${name}-${mark}`;
      repository.commit(branch, { [`${component}/version`]: `${branch}\n` });
      return branch;
    },
    async put(name, componentSpec) {
      const source = { repository: repository.path, paths: [`${name}/`] };
      await document(join(catalog, `${name}.yaml`), 'Component', name, {
        ...(componentSpec['type'] === 'external' ? {} : { source }),
        ...componentSpec,
      });
    },
    async settings(more) {
      settings = { ...settings, ...more };
      await document(file, 'Project', 'faults', {
        catalog: 'catalog',
        engine: 'kubernetes',
        prefix,
        controlNamespace,
        ...settings,
      });
    },
    remove: () => folder.remove(),
  };
  await project.settings({});
  for (const [name, componentSpec] of Object.entries(components)) {
    await project.put(name, componentSpec);
  }
  return project;
}

/** JSON is YAML. */
async function document(path: string, kind: string, name: string, spec: object): Promise<void> {
  const whole = { apiVersion: 'offshoot.dev/v1alpha1', kind, metadata: { name }, spec };
  await writeFile(path, JSON.stringify(whole, null, 2));
}

/** What runs this script, as any user but root. */
export function runs(script: string): Readonly<Record<string, unknown>> {
  return {
    image: IMAGE,
    security: { runAsUser: 1000 },
    container: { command: ['sh', '-c', `${OBEYS}; ${script}`] },
    resources: { cpu: '5m', memory: '16Mi' },
  };
}

/** A service that answers its own name on port 8080. */
export function answers(name: string): Readonly<Record<string, unknown>> {
  const script = `mkdir -p /tmp/www; echo ${name} > /tmp/www/index.html; httpd -f -p 8080 -h /tmp/www & wait`;
  return { type: 'service', ports: { http: 8080 }, writable: ['/tmp'], ...runs(script) };
}

/** `web` (called from outside) → `api` → `prices` (boundary), and a job before `api`. */
export const SHOP: Specs = {
  web: { ...answers('web'), expose: true, dependencies: ['api'] },
  api: { ...answers('api'), dependencies: ['prices', 'schema'] },
  schema: { type: 'job', ...runs('echo schema') },
  prices: { ...answers('prices'), sharing: 'shared' },
};
