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
  ...because('a namespace that does not go', ['list apiservices.apiregistration.k8s.io']),
  ...because('a cluster with the Gateway API', ['watch httproutes.gateway.networking.k8s.io']),
};

/** Rights of people that the test of preflight does not use. */
export const UNUSED_BY_PEOPLE: Readonly<Record<string, string>> = {};

function because(reason: string, rights: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(rights.map((right) => [right, reason]));
}
