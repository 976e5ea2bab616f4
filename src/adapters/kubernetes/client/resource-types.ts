import type { ResourceType } from './kube-object.ts';

function namespaced(apiVersion: string, kind: string, plural: string): ResourceType {
  return { apiVersion, kind, plural, isNamespaced: true };
}

function clusterScoped(apiVersion: string, kind: string, plural: string): ResourceType {
  return { apiVersion, kind, plural, isNamespaced: false };
}

/** Every kind of object that Offshoot reads or writes. */
export const RESOURCE_TYPES = {
  namespace: clusterScoped('v1', 'Namespace', 'namespaces'),
  node: clusterScoped('v1', 'Node', 'nodes'),
  pod: namespaced('v1', 'Pod', 'pods'),
  service: namespaced('v1', 'Service', 'services'),
  serviceAccount: namespaced('v1', 'ServiceAccount', 'serviceaccounts'),
  configMap: namespaced('v1', 'ConfigMap', 'configmaps'),
  secret: namespaced('v1', 'Secret', 'secrets'),
  event: namespaced('v1', 'Event', 'events'),
  resourceQuota: namespaced('v1', 'ResourceQuota', 'resourcequotas'),
  limitRange: namespaced('v1', 'LimitRange', 'limitranges'),
  persistentVolume: clusterScoped('v1', 'PersistentVolume', 'persistentvolumes'),
  persistentVolumeClaim: namespaced('v1', 'PersistentVolumeClaim', 'persistentvolumeclaims'),
  deployment: namespaced('apps/v1', 'Deployment', 'deployments'),
  statefulSet: namespaced('apps/v1', 'StatefulSet', 'statefulsets'),
  daemonSet: namespaced('apps/v1', 'DaemonSet', 'daemonsets'),
  replicaSet: namespaced('apps/v1', 'ReplicaSet', 'replicasets'),
  job: namespaced('batch/v1', 'Job', 'jobs'),
  cronJob: namespaced('batch/v1', 'CronJob', 'cronjobs'),
  ingress: namespaced('networking.k8s.io/v1', 'Ingress', 'ingresses'),
  networkPolicy: namespaced('networking.k8s.io/v1', 'NetworkPolicy', 'networkpolicies'),
  httpRoute: namespaced('gateway.networking.k8s.io/v1', 'HTTPRoute', 'httproutes'),
  endpointSlice: namespaced('discovery.k8s.io/v1', 'EndpointSlice', 'endpointslices'),
  lease: namespaced('coordination.k8s.io/v1', 'Lease', 'leases'),
  customResourceDefinition: clusterScoped(
    'apiextensions.k8s.io/v1',
    'CustomResourceDefinition',
    'customresourcedefinitions',
  ),
  environment: clusterScoped('offshoot.dev/v1alpha1', 'Environment', 'environments'),
  report: clusterScoped('offshoot.dev/v1alpha1', 'Report', 'reports'),
} as const satisfies Record<string, ResourceType>;
