import type { TaskOrder } from '../../../application/ports/engine.ts';
import type { ResourceType } from '../client/kube-object.ts';
import { ANNOTATIONS, LABELS, MANAGED_BY } from '../labels.ts';
import type { RenderContext, RenderedObject } from './rendering.ts';

/** An object of a Task before it has what all objects of a Task have: namespace, labels, annotations. */
export interface Draft {
  readonly type: ResourceType;
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Everything beside `apiVersion`, `kind` and `metadata`; of metadata only what is not above. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly ownerReferences?: readonly OwnerReferenceDraft[];
  /** Of the component that it belongs to, where that is not the Task's. */
  readonly component?: string;
  readonly role?: Role;
  /** The environment's when absent. */
  readonly namespace?: string;
}

interface OwnerReferenceDraft {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

/**
 * - `inside`: what runs as the component and answers in its name. Services select it.
 * - `boundary`: leads to what runs elsewhere.
 * - `step`: Jobs that fill a datastore: nothing that answers calls.
 * - `server`: in the control namespace; prepares the environment's place on a server kept for several.
 */
export type Role = 'inside' | 'boundary' | 'step' | 'server';

/** Labels of every object of an environment, and of every pod. */
export function labelsOf(
  { environment }: Pick<TaskOrder['plan'], 'environment'>,
  { name }: Pick<RenderContext['settings'], 'name'>,
  component: string | null,
  role: Role = 'inside',
): Readonly<Record<string, string>> {
  const common = {
    [LABELS.managedBy]: MANAGED_BY,
    [LABELS.partOf]: name,
    [LABELS.instance]: environment,
    [LABELS.environment]: environment,
  };
  if (component === null) return common;
  return {
    ...common,
    [LABELS.name]: component,
    [LABELS.component]: component,
    [LABELS.role]: role,
  };
}

/** Selects the pods that answer for a component. */
export function selectorOf(component: string): Readonly<Record<string, string>> {
  return { [LABELS.component]: component, [LABELS.role]: 'inside' satisfies Role };
}

/** What is said of the Task is on every object, and how many there are, so that one that is missing is seen. */
export function finished(
  drafts: readonly Draft[],
  order: TaskOrder,
  context: RenderContext,
): readonly RenderedObject[] {
  const { task, generation, unavailable } = order;
  const annotations = {
    [ANNOTATIONS.task]: task.id,
    [ANNOTATIONS.fingerprint]: task.fingerprint,
    [ANNOTATIONS.generation]: String(generation),
    [ANNOTATIONS.objects]: String(drafts.length),
    ...(unavailable.length === 0 ? {} : { [ANNOTATIONS.unavailable]: unavailable.join(',') }),
  };
  return drafts.map((draft) => ({
    type: draft.type,
    object: {
      apiVersion: draft.type.apiVersion,
      kind: draft.type.kind,
      metadata: {
        name: draft.name,
        ...(draft.type.isNamespaced ? { namespace: draft.namespace ?? context.namespace } : {}),
        labels: {
          ...draft.labels,
          ...labelsOf(order.plan, context.settings, draft.component ?? task.component, draft.role),
        },
        annotations: { ...draft.annotations, ...annotations },
        ...(draft.ownerReferences === undefined ? {} : { ownerReferences: draft.ownerReferences }),
      },
      ...draft.body,
    },
  }));
}
