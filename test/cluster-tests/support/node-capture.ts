import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KubeApi } from '../../../src/adapters/kubernetes/client/kube-api.ts';
import { listAt, numberAt } from '../../../src/adapters/kubernetes/client/read-object.ts';
import { RESOURCE_TYPES } from '../../../src/adapters/kubernetes/client/resource-types.ts';
import { run } from '../../cluster/commands.ts';
import { ensureHelm } from '../../cluster/helm.ts';
import type { Kubectl } from '../../cluster/kubectl.ts';
import type { TestProject } from '../faults/project.ts';

/** What the chart has on every node, and its analyser beside the controllers; nothing else of the chart. */

const CHART = new URL('../../../charts/offshoot', import.meta.url).pathname;

interface NodeCapture {
  readonly api: KubeApi;
  readonly kubectl: Kubectl;
  readonly project: TestProject;
  /** Offshoot's own, with its tag. */
  readonly image: string;
  readonly tapImage: string;
  /** What the chart's values say of whom to capture. */
  readonly values: Readonly<Record<string, unknown>>;
  /** What the project says. */
  readonly capture: Readonly<Record<string, unknown>>;
}

export async function installNodeCapture(wish: NodeCapture): Promise<void> {
  const { api, kubectl, project, image, tapImage } = wish;
  const { controlNamespace, prefix } = project;
  const [, repository = '', tag = ''] = /^(.*):([^:]+)$/u.exec(image) ?? [];
  const values = {
    image: { repository, tag },
    project: { name: 'faults', spec: { prefix, capture: { tapImage, ...wish.capture } } },
    networkPolicy: { apiServerPorts: [443, await apiServerPort(api)] },
    baselineCapture: {
      enabled: true,
      nodeCidrs: ['0.0.0.0/0'],
      analyser: { resources: { requests: { cpu: '20m', memory: '64Mi' } } },
      ...wish.values,
    },
  };
  const file = join(project.folder, 'values.json');
  await writeFile(file, JSON.stringify(values));
  const where = ['--namespace', controlNamespace, '--values', file, '--kube-version', '1.34.0'];
  const what = ['--show-only', 'templates/baseline-capture.yaml'];
  const objects = await run(await ensureHelm(), ['template', 'offshoot', CHART, ...where, ...what]);
  await kubectl(['apply', '-f', '-'], objects);
  const rollout = ['-n', controlNamespace, 'rollout', 'status', '--timeout=300s'];
  await kubectl([...rollout, 'deployment/offshoot-baseline-analyser']);
  await kubectl([...rollout, 'daemonset/offshoot-baseline-tap']);
}

async function apiServerPort(api: KubeApi): Promise<number> {
  const slices = await api.list(RESOURCE_TYPES.endpointSlice, { namespace: 'default' });
  const ports = slices.items.flatMap((slice) => listAt(slice, 'ports'));
  return numberAt(ports[0], 'port') ?? 6443;
}
