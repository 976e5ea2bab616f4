import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { RESOURCE_TYPES } from '../../src/adapters/kubernetes/client/resource-types.ts';
import { environmentDocumentSchema } from '../../src/contract/environment-document.ts';
import { acceptedSchema, environmentPageSchema } from '../../src/contract/rest.ts';
import { startController } from './faults/controllers.ts';
import { answers, runs } from './faults/project.ts';
import {
  conditionOf,
  lifecycleStage,
  type Command,
  type LifecycleStage,
} from './support/lifecycle-stage.ts';

/** `offshoot serve` beside a cluster: the same environments as the commands', and no Lease longer than needed. */

const COMPONENTS = {
  web: { ...answers('web'), expose: true, dependencies: ['api'] },
  api: { ...answers('api'), dependencies: ['schema'] },
  schema: { type: 'job', ...runs('sleep 10; echo schema') },
};

let stage: LifecycleStage;
let server: Server;

beforeAll(async () => {
  stage = await lifecycleStage(COMPONENTS);
  server = await startServer();
}, 300_000);
afterAll(async () => {
  await server.stop();
  await stage.close();
}, 300_000);

interface Server {
  readonly url: string;
  readonly healthPort: number;
  ask(path: string, init?: RequestInit): Promise<Response>;
  stop(): Promise<void>;
}

const SERVING = z.object({
  msg: z.literal('serving'),
  url: z.string(),
  operationsPort: z.number(),
});

async function startServer(): Promise<Server> {
  const ports = ['--port', '0', '--health-port', '0', '--health-host', '0.0.0.0'];
  const command = stage.begin(stage.machine, 'serve', '--no-watch', ...ports);
  const { url, operationsPort } = await stage.until('the server serves', () =>
    Promise.resolve(servingLine(command)),
  );
  return {
    url,
    healthPort: operationsPort,
    ask: (path, init = {}) => fetch(`${url}/api/v1${path}`, init),
    async stop() {
      command.kill('SIGTERM');
      await command.ended;
    },
  };
}

function servingLine(command: Command): z.infer<typeof SERVING> | null {
  for (const line of `${command.stdout()}\n${command.stderr()}`.split('\n')) {
    const isObject = line.startsWith('{');
    const parsed = isObject ? SERVING.safeParse(JSON.parse(line)) : null;
    if (parsed?.success === true) return parsed.data;
  }
  if (!command.isAlive()) throw new Error(command.stderr());
  return null;
}

async function bringUp(branch: string): Promise<void> {
  const answer = await server.ask('/environments', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ branch }),
  });
  expect(answer.status).toBe(202);
  expect(acceptedSchema.parse(await answer.json()).environment.branch).toBe(branch);
}

async function untilReady(branch: string): Promise<void> {
  await stage.until(
    `"${branch}" is ready`,
    async () => conditionOf(await stage.environment(branch), 'Ready')?.status === 'True',
  );
}

async function untilFree(branch: string): Promise<void> {
  await stage.until(
    `nobody holds "${branch}"`,
    async () => (await stage.lease(`environment-${branch}`)) === null,
  );
}

async function names(): Promise<readonly string[]> {
  const page = environmentPageSchema.parse(await (await server.ask('/environments')).json());
  return page.environments.map(({ name }) => name);
}

describe('a server on a cluster without a controller', { timeout: 400_000 }, () => {
  it('brings an environment up, and then holds its Lease no longer', async () => {
    const branch = stage.project.branch('served', 'api');
    await bringUp(branch);
    await stage.until(
      'the server holds it',
      async () => (await stage.lease(`environment-${branch}`)) !== null,
    );
    await untilReady(branch);
    await untilFree(branch);
    const document = environmentDocumentSchema.parse(
      await (await server.ask(`/environments/${branch}`)).json(),
    );
    expect(document.conditions.find(({ type }) => type === 'Ready')?.status).toBe('True');
    // So the next command need not wait for anybody.
    stage.project.branch('served', 'web');
    const again = await stage.begin(stage.person, 'up', branch).ended;
    expect(again.code).toBe(0);
    await untilFree(branch);
  });

  it('shows what a command brought up, and takes it away', async () => {
    const branch = stage.project.branch('typed', 'api');
    expect((await stage.begin(stage.person, 'up', branch).ended).code).toBe(0);
    expect(await names()).toContain(branch);
    const answer = await server.ask(`/environments/${branch}`, { method: 'DELETE' });
    expect(answer.status).toBe(202);
    await stage.until('it is gone', async () => (await stage.environment(branch)) === null);
    expect(await names()).not.toContain(branch);
    await untilFree(branch);
  });

  it('goes on with what a command has begun that was killed', async () => {
    const branch = stage.project.branch('orphan', 'api');
    const command = stage.begin(stage.person, 'up', branch);
    await stage.until('the command is at work', async () => {
      const namespace = stage.namespaceOf(branch);
      return (await stage.api.get(RESOURCE_TYPES.namespace, { name: namespace })) !== null;
    });
    command.kill('SIGKILL');
    await command.ended;
    await untilReady(branch);
    await untilFree(branch);
    const { account } = (await stage.log.writes()).findLast(({ path }) =>
      path.endsWith(`/namespaces/${stage.namespaceOf(branch)}/deployments/web`),
    ) ?? { account: 'nobody' };
    expect(account).toBe(stage.accounts.machine);
  });

  it('gives what it is at to a controller that comes', async () => {
    const branch = stage.project.branch('given', 'api');
    await bringUp(branch);
    const controller = startController(stage.person, stage.project);
    await controller.leads();
    await stage.until('the controller has adopted it', async () => {
      const environment = await stage.environment(branch);
      return (environment?.metadata.finalizers ?? []).length > 0;
    });
    expect(await stage.lease(`environment-${branch}`)).toBeNull();
    await untilReady(branch);
    await controller.end('SIGTERM');
  });

  it('has its health where a kubelet reaches it, and its interface on loopback only', async () => {
    const { nodeAddress } = stage.cluster;
    expect(nodeAddress).not.toBeNull();
    const health = await fetch(`http://${nodeAddress}:${server.healthPort}/readyz`);
    expect(health.status).toBe(200);
    const { port } = new URL(server.url);
    await expect(fetch(`http://${nodeAddress}:${port}/api/v1/environments`)).rejects.toThrow(
      'fetch failed',
    );
  });
});
