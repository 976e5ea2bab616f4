import type { EnvironmentRecord } from '../../../application/ports/environment-store.ts';
import { compareText } from '../../../domain/diagnostic.ts';
import { hasStatus } from '../client/cluster-errors.ts';
import type { KubeObject } from '../client/kube-object.ts';
import { RESOURCE_TYPES } from '../client/resource-types.ts';
import { FINALIZER } from '../labels.ts';
import { nameOf, specOf } from '../resources/environment-object.ts';
import type { PlanRef } from '../resources/environment-object.ts';
import { bytesOf, KEPT_LABELS, keptObject, keptSelector } from '../resources/kept.ts';
import { pack, unpack } from '../resources/packing.ts';
import { nowOf, ownSelector } from './control.ts';
import type { Control } from './control.ts';
import type { Plans } from './plans.ts';

const { configMap: CONFIG_MAP, environment: ENVIRONMENT } = RESOURCE_TYPES;

const REMOVED_AT = 'offshoot.dev/removed-at';
const RECORD = 'record';

interface PastLife {
  readonly record: EnvironmentRecord;
  readonly plan: PlanRef;
}

/** What ends with a life, by the environment's name, and what goes with the last life of the name. */
export interface LifeRuns {
  endRuns(environment: string): Promise<void>;
  forgetRuns(environment: string): Promise<void>;
}

/** Lives that are over, one ConfigMap each; the plan of a life stays as long as its record. */
export class Past {
  readonly #control: Control;
  readonly #plans: Plans;
  readonly #runs: LifeRuns;

  constructor(control: Control, plans: Plans, runs: LifeRuns) {
    this.#control = control;
    this.#plans = plans;
    this.#runs = runs;
  }

  /**
   * Ends a life. The record is written first and the Environment goes last: whoever is killed in between
   * leaves a life that still has to be ended, never one without a trace.
   *
   * @throws {KubeApiError} 409 when the Environment was written meanwhile: it may be wanted again.
   */
  async end(living: KubeObject, record: EnvironmentRecord): Promise<void> {
    const { api, namespace } = this.#control;
    const { plan } = specOf(living);
    const { name, uid } = record;
    const ref = { name: living.metadata.name };
    await this.#runs.endRuns(name);
    const removedAt = nowOf(this.#control);
    const life: PastLife = { record: { ...record, updatedAt: removedAt, removedAt }, plan };
    const kept = await api.apply(
      CONFIG_MAP,
      keptObject(
        'past',
        { namespace, name: pastName(uid) },
        {
          binaryData: { [RECORD]: pack(life).toString('base64') },
          labels: { [KEPT_LABELS.environment]: name },
          annotations: { [REMOVED_AT]: removedAt },
        },
      ),
      { force: true },
    );
    await this.#plans.adopt(plan, kept, name);
    const { resourceVersion } = await this.#withoutFinalizer(living);
    try {
      await api.delete(ENVIRONMENT, ref, { uid, ...(resourceVersion && { resourceVersion }) });
    } catch (error) {
      if (!hasStatus(error, 404)) throw error;
    }
  }

  /** For a life that goes on. */
  async forget(uid: string): Promise<void> {
    const { api, namespace } = this.#control;
    await api.delete(CONFIG_MAP, { namespace, name: pastName(uid) });
  }

  /** Newest first. */
  async list(): Promise<readonly EnvironmentRecord[]> {
    const { api, namespace } = this.#control;
    const { items } = await api.list(CONFIG_MAP, {
      namespace,
      labelSelector: keptSelector('past'),
    });
    return items.toSorted(byRemoval).flatMap((object) => {
      const life = lifeOf(object);
      return life === null ? [] : [life.record];
    });
  }

  async planOf(uid: string): Promise<PlanRef | null> {
    const { api, namespace } = this.#control;
    const object = await api.get(CONFIG_MAP, { namespace, name: pastName(uid) });
    return object === null ? null : (lifeOf(object)?.plan ?? null);
  }

  /** Forgets the oldest lives; with the last life of a name go its runs and reports. */
  async prune(): Promise<void> {
    const { api, namespace, clock, limits } = this.#control;
    const labelSelector = keptSelector('past');
    const all = (await api.list(CONFIG_MAP, { namespace, labelSelector, metadataOnly: true }))
      .items;
    const oldest = new Date(clock.nowMs() - limits.historyMs).toISOString();
    const sorted = all.toSorted(byRemoval);
    const gone = sorted.filter(
      (object, index) => index >= limits.historyCount || removedAtOf(object) < oldest,
    );
    if (gone.length === 0) return;
    for (const { metadata } of gone) {
      const { name, uid = '' } = metadata;
      await api.delete(CONFIG_MAP, { namespace, name }, { uid });
    }
    const { items } = await api.list(ENVIRONMENT, {
      labelSelector: ownSelector(this.#control),
      metadataOnly: true,
    });
    const left = new Set([
      ...items.map(nameOf),
      ...sorted.filter((object) => !gone.includes(object)).map(environmentOf),
    ]);
    const names = new Set(gone.map(environmentOf));
    for (const name of names.difference(left)) await this.#runs.forgetRuns(name);
  }

  async #withoutFinalizer(living: KubeObject): Promise<KubeObject['metadata']> {
    const { metadata } = living;
    const finalizers = (metadata.finalizers ?? []).filter((one) => one !== FINALIZER);
    if (finalizers.length === (metadata.finalizers ?? []).length) return metadata;
    const { api } = this.#control;
    try {
      return (await api.replace(ENVIRONMENT, { ...living, metadata: { ...metadata, finalizers } }))
        .metadata;
    } catch (error) {
      if (hasStatus(error, 404)) return metadata;
      throw error;
    }
  }
}

function pastName(uid: string): string {
  return `past-${uid}`;
}

function lifeOf(object: KubeObject): PastLife | null {
  const bytes = bytesOf(object, RECORD);
  return bytes === null ? null : (unpack(bytes) as PastLife);
}

function environmentOf({ metadata }: KubeObject): string {
  return metadata.labels?.[KEPT_LABELS.environment] ?? '';
}

function removedAtOf({ metadata }: KubeObject): string {
  return metadata.annotations?.[REMOVED_AT] ?? '';
}

function byRemoval(a: KubeObject, b: KubeObject): number {
  return (
    compareText(removedAtOf(b), removedAtOf(a)) || compareText(b.metadata.name, a.metadata.name)
  );
}
