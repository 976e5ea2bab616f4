import { randomUUID } from 'node:crypto';
import type {
  Desire,
  EnvironmentRecord,
  EnvironmentStatus,
  EnvironmentStore,
} from '../../../application/ports/environment-store.ts';
import { OperationError } from '../../../domain/errors.ts';
import { compareText } from '../../../domain/diagnostic.ts';
import type { Plan } from '../../../domain/plan/plan.ts';
import { onCluster } from '../client/cluster-errors.ts';
import type { KubeObject } from '../client/kube-object.ts';
import { RESOURCE_TYPES } from '../client/resource-types.ts';
import { LABELS } from '../labels.ts';
import {
  desiredOf,
  environmentObject,
  recordOf,
  resourceSpecOf,
  specOf,
} from '../resources/environment-object.ts';
import type { PlanRef } from '../resources/environment-object.ts';
import { environmentRef, nowOf, ownSelector, untilUndisturbed } from './control.ts';
import type { Control } from './control.ts';
import type { Past } from './past.ts';
import type { Bundle, Plans } from './plans.ts';
import type { RecentEnvironments } from './recent-environments.ts';
import type { StatusWriter } from './status-writer.ts';

const { environment: ENVIRONMENT } = RESOURCE_TYPES;

interface Parts {
  readonly control: Control;
  readonly plans: Plans;
  readonly past: Past;
  readonly statuses: StatusWriter;
  readonly recent: RecentEnvironments;
}

/** Lives of environments: the living are Environment objects, those of the past are records of `Past`. */
export class Environments implements EnvironmentStore {
  readonly #parts: Parts;
  /** Uid → name of the objects of the lives that were seen; a name is where the API finds one. */
  readonly #names = new Map<string, string>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  get(name: string): Promise<EnvironmentRecord | null> {
    return onCluster(`read the environment "${name}"`, async () => {
      const { control, recent } = this.#parts;
      const object = recent.find(environmentRef(control, name).name) ?? (await this.#own(name));
      return object === null ? null : this.#recordOf(object);
    });
  }

  list(options: { readonly removed?: boolean } = {}): Promise<readonly EnvironmentRecord[]> {
    const { control, past } = this.#parts;
    return onCluster('list the environments', async () => {
      const before = options.removed === true ? await past.list() : [];
      const { items } = await control.api.list(ENVIRONMENT, {
        labelSelector: ownSelector(control),
      });
      const living = items
        .map((object) => this.#recordOf(object))
        .toSorted((a, b) => compareText(a.name, b.name));
      // A removal that was taken back, or not finished, has left its record.
      const uids = new Set(living.map(({ uid }) => uid));
      return [...living, ...before.filter(({ uid }) => !uids.has(uid))];
    });
  }

  desire(desire: Desire): Promise<EnvironmentRecord> {
    const { api } = this.#parts.control;
    const { name } = desire;
    const request = randomUUID();
    return onCluster(`accept the environment "${name}"`, async () => {
      const { namespace } = this.#parts.control;
      const ref = environmentRef(this.#parts.control, name);
      const first = await api.get(ENVIRONMENT, ref);
      requireFree(desire, first, namespace);
      const { plans } = this.#parts;
      const plan = await plans.write(
        desire,
        first === null ? null : { object: first, plan: specOf(first).plan },
      );
      const spec = resourceSpecOf(desire.spec, { desired: 'Up', request, plan });
      let replaced: PlanRef | null = null;
      const accepted = await untilUndisturbed(name, async () => {
        const living = await api.get(ENVIRONMENT, ref);
        requireFree(desire, living, namespace);
        // The answer to the write before was lost, and the write was not.
        if (living !== null && specOf(living).request === request) return living;
        replaced = living === null ? null : specOf(living).plan;
        const object = environmentObject(name, spec, {
          ref,
          at: nowOf(this.#parts.control),
          living,
          installation: namespace,
        });
        return living === null ? api.create(ENVIRONMENT, object) : api.replace(ENVIRONMENT, object);
      });
      await plans.adopt(plan, accepted, name);
      if (replaced !== null) await plans.drop(replaced, plan, name);
      return this.#recordOf(accepted);
    });
  }

  desireRemoval(name: string): Promise<EnvironmentRecord | null> {
    const { control } = this.#parts;
    const request = randomUUID();
    return onCluster(`accept the removal of the environment "${name}"`, () =>
      untilUndisturbed(name, async () => {
        const living = await this.#own(name);
        if (living === null) return null;
        if (specOf(living).request === request) return this.#recordOf(living);
        const spec = { ...specOf(living), desired: 'Removed' as const, request };
        const object = environmentObject(name, spec, {
          ref: environmentRef(control, name),
          at: nowOf(control),
          living,
          installation: control.namespace,
        });
        return this.#recordOf(await control.api.replace(ENVIRONMENT, object));
      }),
    );
  }

  async plan(uid: string): Promise<Plan | null> {
    return (await this.#bundle(uid))?.plan ?? null;
  }

  async explanation(uid: string): Promise<Pick<Desire, 'picks' | 'findings'> | null> {
    const bundle = await this.#bundle(uid);
    return bundle === null ? null : { picks: bundle.picks, findings: bundle.findings };
  }

  writeStatus(uid: string, status: EnvironmentStatus): Promise<boolean> {
    const { statuses } = this.#parts;
    return onCluster('write the status of an environment', async () => {
      const known = this.#parts.recent.find(this.#names.get(uid) ?? '');
      const living = known?.metadata.uid === uid ? known : await this.#living(uid);
      if (living === null) {
        statuses.forget(uid);
        return false;
      }
      const { name } = living.metadata;
      return statuses.accept(uid, { name, status: recordOf(living).status }, status);
    });
  }

  markRemoved(uid: string): Promise<void> {
    const { past, statuses } = this.#parts;
    return onCluster('end the life of an environment', async () => {
      const isOver = await untilUndisturbed(uid, async () => {
        const living = await this.#living(uid);
        if (living === null) return true;
        if (desiredOf(living) === 'up') {
          await past.forget(uid);
          return false;
        }
        await past.end(living, this.#recordOf(living));
        return true;
      });
      if (!isOver) return;
      statuses.forget(uid);
      this.#names.delete(uid);
      await past.prune();
    });
  }

  /** A plan that is replaced while it is read is read again as what replaced it. */
  #bundle(uid: string): Promise<Bundle | null> {
    const { plans, past } = this.#parts;
    return onCluster('read a plan', async () => {
      for (let name = ''; ;) {
        const living = await this.#living(uid);
        const ref = living === null ? await past.planOf(uid) : specOf(living).plan;
        const bundle = ref === null ? null : await plans.read(ref);
        if (bundle !== null || ref === null || ref.name === name) return bundle;
        ({ name } = ref);
      }
    });
  }

  /** The Environment of that name, unless it is another installation's. */
  async #own(name: string): Promise<KubeObject | null> {
    const { control } = this.#parts;
    const object = await control.api.get(ENVIRONMENT, environmentRef(control, name));
    if (object === null || !isOf(control.namespace, object)) return null;
    this.#parts.recent.note(object);
    return object;
  }

  /** The Environment of that very life. */
  async #living(uid: string): Promise<KubeObject | null> {
    const { control } = this.#parts;
    const { api } = control;
    const name = this.#names.get(uid);
    if (name !== undefined) {
      const object = await api.get(ENVIRONMENT, { name });
      return object?.metadata.uid === uid ? object : null;
    }
    const { items } = await api.list(ENVIRONMENT, { labelSelector: ownSelector(control) });
    for (const { metadata } of items) this.#names.set(metadata.uid ?? '', metadata.name);
    return items.find(({ metadata }) => metadata.uid === uid) ?? null;
  }

  /** With the status that was accepted last, written or not. */
  #recordOf(object: KubeObject): EnvironmentRecord {
    const record = recordOf(object);
    this.#names.set(record.uid, object.metadata.name);
    const status = this.#parts.statuses.newest(record.uid);
    return status === null ? record : { ...record, status };
  }
}

function isOf(namespace: string, { metadata }: KubeObject): boolean {
  return (metadata.labels?.[LABELS.installation] ?? namespace) === namespace;
}

/** @throws {OperationError} when the name is another branch's, or its life cannot be taken up again. */
function requireFree(desire: Desire, living: KubeObject | null, namespace: string): void {
  if (living === null) return;
  const { branch } = specOf(living);
  const { name } = desire;
  if (!isOf(namespace, living)) {
    const installation = living.metadata.labels?.[LABELS.installation] ?? '';
    throw new OperationError(
      'ENVIRONMENT_NAME_TAKEN',
      `the environment "${name}" belongs to the installation in "${installation}"`,
      {
        hint: 'Give each installation on a cluster a `prefix` of its own in `offshoot.yaml`.',
        details: { name, installation },
      },
    );
  }
  if (branch !== desire.spec.branch) {
    throw new OperationError(
      'ENVIRONMENT_NAME_TAKEN',
      `the environment "${name}" belongs to the branch "${branch}"`,
      { details: { name, branch, wanted: desire.spec.branch } },
    );
  }
  if (living.metadata.deletionTimestamp !== undefined) {
    throw new OperationError(
      'CLUSTER_CONFLICT',
      `the environment "${name}" was deleted with kubectl and is not gone yet`,
      { hint: 'Ask for it again when it is gone.' },
    );
  }
}
