import { OperationError } from '../../../domain/errors.ts';
import type { TemplateObject } from '../../../application/project.ts';
import type { ResourceType } from '../client/kube-object.ts';
import { RESOURCE_TYPES } from '../client/resource-types.ts';
import type { Draft } from './draft.ts';
import type { RenderContext } from './rendering.ts';

/** Further objects that an administrator adds to every environment: namespaced ones, in its own namespace. */

/** Kinds that are in no namespace, beside those that Offshoot itself uses. */
const CLUSTER_KINDS: ReadonlySet<string> = new Set([
  'APIService',
  'CSIDriver',
  'ClusterRole',
  'ClusterRoleBinding',
  'GatewayClass',
  'IngressClass',
  'MutatingWebhookConfiguration',
  'PriorityClass',
  'RuntimeClass',
  'StorageClass',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
  'ValidatingWebhookConfiguration',
]);

/** @throws {OperationError} `PROJECT_INVALID` for an object that would lie outside the namespace. */
export function templateObjects({ settings, namespace }: RenderContext): readonly Draft[] {
  return settings.template.objects.map((object) => {
    const { apiVersion, kind, metadata, ...body } = object;
    const type = typeOf({ apiVersion, kind });
    const isElsewhere = metadata.namespace !== undefined && metadata.namespace !== namespace;
    if (!type.isNamespaced || isElsewhere) {
      throw new OperationError(
        'PROJECT_INVALID',
        `${kind} "${metadata.name}" of the environments' template is not in their namespace, expected only objects that are`,
      );
    }
    return {
      type,
      name: metadata.name,
      ...(metadata.labels === undefined ? {} : { labels: metadata.labels }),
      ...(metadata.annotations === undefined ? {} : { annotations: metadata.annotations }),
      body,
    };
  });
}

function typeOf({ apiVersion, kind }: Pick<TemplateObject, 'apiVersion' | 'kind'>): ResourceType {
  const known = Object.values(RESOURCE_TYPES).find(
    (type) => type.apiVersion === apiVersion && type.kind === kind,
  );
  if (known !== undefined) return known;
  return { apiVersion, kind, plural: pluralOf(kind), isNamespaced: !CLUSTER_KINDS.has(kind) };
}

/** As Kubernetes itself guesses it; kinds with another plural are rare. */
function pluralOf(kind: string): string {
  const lower = kind.toLowerCase();
  if (lower.endsWith('s')) return `${lower}es`;
  return lower.endsWith('y') ? `${lower.slice(0, -1)}ies` : `${lower}s`;
}
