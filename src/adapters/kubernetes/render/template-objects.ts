import type { TemplateObject } from '../../../application/project.ts';
import { OperationError } from '../../../domain/errors.ts';
import type { Plan } from '../../../domain/plan/plan.ts';
import { ANALYSER } from '../capture/agreement.ts';
import type { ResourceType } from '../client/kube-object.ts';
import { RESOURCE_TYPES } from '../client/resource-types.ts';
import type { Draft } from './draft.ts';
import { tlsSecretOf } from './needed-secrets.ts';
import { SERVICE_ACCOUNT } from './pods.ts';
import type { ClusterSettings } from './rendering.ts';

/**
 * Further objects that an administrator adds to every environment: namespaced ones, in its own namespace,
 * beside what is Offshoot's.
 */

/** @throws {OperationError} `PROJECT_INVALID` for the first that may not be there. */
export function templateObjects(
  settings: ClusterSettings,
  plan: Pick<Plan, 'definitions'>,
): readonly Draft[] {
  const [problem] = templateProblems(settings, plan);
  if (problem !== undefined) throw new OperationError('PROJECT_INVALID', problem);
  return settings.template.objects.flatMap((object) => {
    const { apiVersion: _version, kind: _kind, metadata, ...body } = object;
    const type = typeOf(settings, object);
    const { name, labels, annotations } = metadata;
    if (type === undefined) return [];
    return {
      type,
      name,
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
      body,
    };
  });
}

/** What is wrong with the template, for people: all of it. */
export function templateProblems(
  settings: ClusterSettings,
  plan: Pick<Plan, 'definitions'>,
): readonly string[] {
  const { objects } = settings.template;
  return objects.flatMap((object, index) => {
    const isRepeated = objects
      .slice(0, index)
      .some(({ kind, metadata }) => kind === object.kind && metadata.name === object.metadata.name);
    const reason = isRepeated
      ? 'is there twice, expected each name once'
      : (placeProblem(settings, object) ?? nameProblem(settings, plan, object));
    return reason === null
      ? []
      : [`${object.kind} "${object.metadata.name}" of the environments' template ${reason}`];
  });
}

/** Whether the cluster has such objects in a namespace. */
function placeProblem(settings: ClusterSettings, object: TemplateObject): string | null {
  const type = typeOf(settings, object);
  if (type === undefined) {
    return `is of "${object.apiVersion}", where the cluster serves no such kind`;
  }
  if (!type.isNamespaced || object.metadata.namespace !== undefined) {
    return 'is not in their namespace, expected only objects that are';
  }
  // Objects are told apart by kind and name.
  const isOtherKind = Object.values<ResourceType>(RESOURCE_TYPES).some(
    ({ kind, apiVersion }) => kind === type.kind && apiVersion !== type.apiVersion,
  );
  return isOtherKind
    ? `is of "${object.apiVersion}", and Offshoot uses another kind of that name`
    : null;
}

function typeOf(
  { templateTypes }: ClusterSettings,
  { apiVersion, kind }: TemplateObject,
): ResourceType | undefined {
  return templateTypes.find((type) => type.apiVersion === apiVersion && type.kind === kind);
}

/** Kinds of which an environment has objects that are called as their component. */
const NAMED_AS_COMPONENTS: ReadonlySet<string> = new Set(
  [
    RESOURCE_TYPES.service,
    RESOURCE_TYPES.deployment,
    RESOURCE_TYPES.statefulSet,
    RESOURCE_TYPES.job,
    RESOURCE_TYPES.ingress,
    RESOURCE_TYPES.httpRoute,
  ].map(({ kind }) => kind),
);

/** Whether Offshoot has, or may have, an object of that name itself. */
function nameProblem(
  settings: ClusterSettings,
  { definitions }: Pick<Plan, 'definitions'>,
  { kind, metadata: { name } }: TemplateObject,
): string | null {
  const [component = ''] = name.split('--');
  const isComponents =
    Object.hasOwn(definitions, component) && (component !== name || NAMED_AS_COMPONENTS.has(kind));
  const isSecret =
    kind === RESOURCE_TYPES.secret.kind &&
    [...settings.imagePullSecrets, tlsSecretOf(settings)].includes(name);
  const isOwn = name === SERVICE_ACCOUNT || name === ANALYSER.name;
  return isComponents || isSecret || isOwn
    ? "has a name that is Offshoot's own, expected another one"
    : null;
}
