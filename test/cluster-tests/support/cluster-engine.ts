import { randomBytes } from 'node:crypto';
import { openKubeApi } from '../../../src/adapters/kubernetes/client/open-kube-api.ts';
import type { KubeApi } from '../../../src/adapters/kubernetes/client/kube-api.ts';
import { RESOURCE_TYPES } from '../../../src/adapters/kubernetes/client/resource-types.ts';
import { KubernetesEngine } from '../../../src/adapters/kubernetes/engine/kubernetes-engine.ts';
import { checkPlan } from '../../../src/adapters/kubernetes/preflight/check-plan.ts';
import { render } from '../../../src/adapters/kubernetes/render/render.ts';
import type { ClusterSettings } from '../../../src/adapters/kubernetes/render/rendering.ts';
import { openClusterView } from '../../../src/adapters/kubernetes/watch/open-cluster-view.ts';
import type { Engine, SuiteOrder, TaskOrder } from '../../../src/application/ports/engine.ts';
import { DEFAULT_CLUSTER_CHOICES } from '../../../src/application/project.ts';
import { namespaceOf } from '../../../src/domain/naming/names.ts';
import type { Plan } from '../../../src/domain/plan/plan.ts';
import { systemClock } from '../../../src/main/clock.ts';
import { temporaryOutput } from './temporary-output.ts';

/** The engine on the test cluster, with namespaces and environments of its own. */
export interface ClusterEngine {
  readonly engine: Engine;
  readonly api: KubeApi;
  readonly settings: ClusterSettings;
  /** Namespace of an environment as the tests call it. */
  namespace(environment: string): string;
  /** Ends everything; does not wait until it is gone. */
  close(): Promise<void>;
}

export async function openClusterEngine(
  choices: Partial<ClusterSettings> = {},
): Promise<ClusterEngine> {
  const api = openKubeApi({ kubeconfig: process.env['OFFSHOOT_TEST_KUBECONFIG'] ?? '' });
  const mark = randomBytes(3).toString('hex');
  const settings: ClusterSettings = {
    ...DEFAULT_CLUSTER_CHOICES,
    name: 'engine-tests',
    prefix: `engine-${mark}`,
    domain: 'offshoot.localhost',
    clusterDomain: 'cluster.local',
    baselineNamespaces: [],
    receivesSpans: false,
    templateTypes: [],
    ...choices,
  };
  const view = openClusterView({ api, clock: systemClock, random: Math.random });
  const engine = new KubernetesEngine(
    {
      api,
      view: () => view,
      render,
      planFiles: { load: () => Promise.resolve(null) },
      tasksOf: () => Promise.resolve([]),
      clock: systemClock,
      settings,
    },
    { checkPlan: (plan) => checkPlan({ api, settings }, plan), streams: temporaryOutput() },
  );
  await view.ready;
  // Each test has environments of its own, whatever it calls them: what another left is still going.
  const own = (environment: string): string => `${environment}-${mark}`;
  const namespace = (environment: string): string => namespaceOf(settings.prefix, own(environment));
  return {
    engine: withOwnNames(engine, own),
    api,
    settings,
    namespace,
    async close() {
      const { items } = await api.list(RESOURCE_TYPES.namespace);
      const mine = items.filter(({ metadata }) => metadata.name.startsWith(settings.prefix));
      for (const { metadata } of mine) {
        await api.delete(RESOURCE_TYPES.namespace, { name: metadata.name });
      }
      await view.close();
      await api.close();
    },
  };
}

/** The same engine, where what the caller names is an environment of another name. */
function withOwnNames(engine: Engine, own: (environment: string) => string): Engine {
  const planned = (plan: Plan): Plan => ({ ...plan, environment: own(plan.environment) });
  const ordered = <Order extends TaskOrder | SuiteOrder>(order: Order): Order => ({
    ...order,
    plan: planned(order.plan),
  });
  return {
    preflight: (plan) => engine.preflight(planned(plan)),
    apply: (order) => engine.apply(ordered(order)),
    observe: (environment) => engine.observe(own(environment)),
    onChange: (environment, listener) => engine.onChange(own(environment), listener),
    prune: (plan) => engine.prune(planned(plan)),
    remove: (environment) => engine.remove(own(environment)),
    addresses: (environment) => engine.addresses(own(environment)),
    logs: (environment, component, options) => engine.logs(own(environment), component, options),
    exec: (environment, component, command) => engine.exec(own(environment), component, command),
    platformEvents: (environment, fromUs, toUs) =>
      engine.platformEvents(own(environment), fromUs, toUs),
    logTail: (environment, component, lines) => engine.logTail(own(environment), component, lines),
    prove: (plan, edges) => engine.prove(planned(plan), edges),
    runSuite: (order) => engine.runSuite(ordered(order)),
  };
}
