import { randomBytes } from 'node:crypto';
import type { KubeApi } from '../../../src/adapters/kubernetes/client/kube-api.ts';
import { openKubeApi } from '../../../src/adapters/kubernetes/client/open-kube-api.ts';
import { RESOURCE_TYPES } from '../../../src/adapters/kubernetes/client/resource-types.ts';
import { openClusterState } from '../../../src/adapters/kubernetes/store/cluster-state.ts';
import type {
  ClusterState,
  ClusterStateParts,
} from '../../../src/adapters/kubernetes/store/cluster-state.ts';
import { SortableIds } from '../../../src/adapters/sqlite/sortable-ids.ts';
import { scopedApi } from './scoped-api.ts';

/** The kubeconfig of the cluster that the global setup found or started. */
export function testKubeconfig(): string {
  const kubeconfig = process.env['OFFSHOOT_TEST_KUBECONFIG'];
  if (kubeconfig === undefined) throw new Error('the global setup of these tests did not run');
  return kubeconfig;
}

export interface OpenedState {
  readonly state: ClusterState;
  readonly api: KubeApi;
  readonly namespace: string;
  /** Another process on the same state, as it were. */
  readonly reopen: (more?: Partial<ClusterStateParts>) => ClusterState;
  readonly close: () => Promise<void>;
}

/** An empty state in a control namespace of its own, with everything deleted afterwards. */
export async function openTestState(
  more: Partial<ClusterStateParts> = {},
  wrap: (api: KubeApi) => KubeApi = (api) => api,
): Promise<OpenedState> {
  const connection = openKubeApi({ kubeconfig: testKubeconfig() });
  const suffix = randomBytes(4).toString('hex');
  const namespace = `offshoot-store-${suffix}`;
  const scoped = scopedApi(connection, `t${suffix}`);
  await connection.create(RESOURCE_TYPES.namespace, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace },
  });
  const opened: ClusterState[] = [];
  const open = (again: Partial<ClusterStateParts> = {}): ClusterState => {
    const state = openClusterState({
      api: wrap(scoped),
      namespace,
      clock: { nowMs: () => Date.now() },
      ids: new SortableIds(() => Date.now()),
      identity: randomBytes(8).toString('hex'),
      ...more,
      ...again,
    });
    opened.push(state);
    return state;
  };
  return {
    state: open(),
    api: scoped,
    namespace,
    reopen: open,
    close: async () => {
      await Promise.all(opened.map((state) => state.flush()));
      for (const type of [RESOURCE_TYPES.environment, RESOURCE_TYPES.report]) {
        const { items } = await scoped.list(type, { metadataOnly: true });
        await Promise.all(
          items.map(async ({ metadata: { name } }) => {
            await scoped.patch(type, { name }, { metadata: { finalizers: null } });
            await scoped.delete(type, { name });
          }),
        );
      }
      await connection.delete(RESOURCE_TYPES.namespace, { name: namespace });
      await connection.close();
    },
  };
}
