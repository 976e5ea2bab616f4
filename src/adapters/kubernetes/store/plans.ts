import type { Desire } from '../../../application/ports/environment-store.ts';
import type { KubeObject } from '../client/kube-object.ts';
import type { PlanRef } from '../resources/environment-object.ts';
import { KEPT_LABELS, keptSelector, ownerOf } from '../resources/kept.ts';
import type { Control } from './control.ts';
import { addOwner, deleteAll, digestOf, readWhole, writeWhole } from './parts.ts';

/** What is kept with a plan: whoever reads one usually explains it too. */
export type Bundle = Pick<Desire, 'plan' | 'picks' | 'findings'>;

/**
 * Plans with their explanations, each under a name of its own that no other life ever uses: the garbage
 * collector that takes away the plan of a past life can never take one that a new life just named.
 */
export class Plans {
  readonly #control: Control;
  readonly #parsed = new Map<string, Bundle>();

  constructor(control: Control) {
    this.#control = control;
  }

  /** Written before the Environment names it; the same bundle that it names already is not written again. */
  async write(
    desire: Desire,
    living: { object: KubeObject; plan: PlanRef } | null,
  ): Promise<PlanRef> {
    const { name: environment, plan, picks, findings } = desire;
    const bundle: Bundle = { plan, picks, findings };
    const hash = digestOf(JSON.stringify(plan));
    const ending = `-${digestOf(JSON.stringify(bundle)).slice(0, 20)}`;
    if (living?.plan.name.endsWith(ending) === true) return living.plan;
    const whole = await writeWhole(this.#control, 'plan', {
      name: `plan-${this.#control.ids.next()}${ending}`,
      value: bundle,
      labels: { [KEPT_LABELS.environment]: environment, [KEPT_LABELS.of]: shortHash(hash) },
      owner: living?.object ?? null,
    });
    this.#keep(whole.name, bundle);
    return { hash, ...whole };
  }

  async read(ref: PlanRef): Promise<Bundle | null> {
    const parsed =
      this.#parsed.get(ref.name) ?? ((await readWhole(this.#control, ref)) as Bundle | null);
    if (parsed !== null) this.#keep(ref.name, parsed);
    return parsed;
  }

  /** The plan, and the files of its steps, belong to the object from now on. */
  async adopt(ref: PlanRef, owner: KubeObject, environment: string): Promise<void> {
    await addOwner(this.#control, wholeSelector(ref), ownerOf(owner));
    await addOwner(this.#control, filesSelector(environment, ref.hash), ownerOf(owner));
  }

  /** For a plan that was replaced by another, whose files may be the same. */
  async drop(ref: PlanRef, replacement: PlanRef, environment: string): Promise<void> {
    if (ref.name === replacement.name) return;
    await deleteAll(this.#control, wholeSelector(ref));
    if (ref.hash !== replacement.hash) {
      await deleteAll(this.#control, filesSelector(environment, ref.hash));
    }
  }

  /** The most recently used stay. */
  #keep(name: string, bundle: Bundle): void {
    this.#parsed.delete(name);
    this.#parsed.set(name, bundle);
    const [oldest] = this.#parsed.keys();
    if (this.#parsed.size > this.#control.limits.parsedPlans && oldest !== undefined) {
      this.#parsed.delete(oldest);
    }
  }
}

function wholeSelector({ name }: PlanRef): string {
  return keptSelector('plan', { [KEPT_LABELS.whole]: name });
}

export function filesSelector(environment: string, planHash: string): string {
  return keptSelector('plan-files', {
    [KEPT_LABELS.environment]: environment,
    [KEPT_LABELS.of]: shortHash(planHash),
  });
}

/** A label's value holds at most 63 characters. */
export function shortHash(hash: string): string {
  return hash.slice(0, 40);
}
