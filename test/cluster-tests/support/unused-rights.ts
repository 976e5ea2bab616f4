/** Rights of the chart that its test does not use, each with what it is for. */
export const UNUSED_RIGHTS: Readonly<Record<string, string>> = {
  ...because('environments and test runs that are asked for by REST, and the baseline', [
    'create environments.offshoot.dev',
    'create reports.offshoot.dev',
  ]),
  ...because('reports beyond the number that is kept', ['delete reports.offshoot.dev']),
  ...because('what a changed plan has no more', [
    'delete configmaps',
    'delete deployments.apps',
    'delete endpointslices.discovery.k8s.io',
    'delete limitranges',
    'delete networkpolicies.networking.k8s.io',
    'delete resourcequotas',
    'delete serviceaccounts',
    'delete services',
    'delete statefulsets.apps',
  ]),
  ...because('a component that is started again', ['delete pods']),
  ...because('`environments.template.quota`', ['create resourcequotas', 'patch resourcequotas']),
  ...because('workloads that `from:` copies', ['get cronjobs.batch', 'get daemonsets.apps']),
  ...because('a name that is taken, and what `from:` copies', [
    'get deployments.apps',
    'get endpointslices.discovery.k8s.io',
    'get limitranges',
    'get networkpolicies.networking.k8s.io',
    'get resourcequotas',
    'get serviceaccounts',
    'get services',
    'get statefulsets.apps',
  ]),
  ...because('secrets of components, and passwords that are generated', [
    'get secrets',
    'update secrets',
  ]),
  ...because('a cluster with the Gateway API', ['watch httproutes.gateway.networking.k8s.io']),
};

/** Whether they are used depends on how long something takes: here, until a namespace is gone. */
export const SOMETIMES_USED: ReadonlySet<string> = new Set([
  'list apiservices.apiregistration.k8s.io',
]);

/** Rights of people that the test of preflight does not use. */
export const UNUSED_BY_PEOPLE: Readonly<Record<string, string>> = {
  ...because('bringing definitions, and looking at them', [
    'create customresourcedefinitions.apiextensions.k8s.io',
    'get customresourcedefinitions.apiextensions.k8s.io',
    'patch customresourcedefinitions.apiextensions.k8s.io',
  ]),
  ...because('a WebSocket of Kubernetes 1.35', ['create pods/exec']),
  ...because('a controller that a person runs', [
    'patch environments.offshoot.dev',
    'watch environments.offshoot.dev',
    'watch reports.offshoot.dev',
  ]),
  ...because('datastores, and passwords for them', [
    'create statefulsets.apps',
    'delete statefulsets.apps',
    'get secrets',
    'get statefulsets.apps',
    'patch statefulsets.apps',
    'update secrets',
  ]),
  ...because('`environments.template.quota`', ['create resourcequotas', 'patch resourcequotas']),
  ...because('externals, and boundaries whose ports differ', [
    'create endpointslices.discovery.k8s.io',
    'patch endpointslices.discovery.k8s.io',
  ]),
  ...because('reports beyond the number that is kept', ['delete reports.offshoot.dev']),
  ...because('a component that is started again', ['delete pods']),
  ...because('what a changed plan has no more', [
    'delete deployments.apps',
    'delete endpointslices.discovery.k8s.io',
    'delete ingresses.networking.k8s.io',
    'delete limitranges',
    'delete networkpolicies.networking.k8s.io',
    'delete resourcequotas',
    'delete serviceaccounts',
    'delete services',
  ]),
  ...because('a cluster with the Gateway API', ['watch httproutes.gateway.networking.k8s.io']),
  ...because('workloads that `from:` copies, and what is there already', [
    'get cronjobs.batch',
    'get daemonsets.apps',
    'get deployments.apps',
    'get endpointslices.discovery.k8s.io',
    'get limitranges',
    'get networkpolicies.networking.k8s.io',
    'get pods',
    'get resourcequotas',
    'get serviceaccounts',
    'get services',
  ]),
};

function because(reason: string, rights: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(rights.map((right) => [right, reason]));
}
