import type { PlanFiles } from '../../../application/ports/plan-files.ts';
import { compareText } from '../../../domain/diagnostic.ts';
import type { Plan } from '../../../domain/plan/plan.ts';
import { onCluster } from '../client/cluster-errors.ts';
import type { KubeObject } from '../client/kube-object.ts';
import { RESOURCE_TYPES } from '../client/resource-types.ts';
import { KEPT_LABELS } from '../resources/kept.ts';
import { environmentRef } from './control.ts';
import type { Control } from './control.ts';
import { digestOf, readWhole, writeWhole } from './parts.ts';
import type { Whole } from './parts.ts';
import { filesSelector, shortHash } from './plans.ts';

type Files = readonly (readonly [path: string, text: string])[];

/**
 * Files of plans, found by the plan's hash. Each saving has a name of its own, like plans: what belongs to a
 * past life may go at any time, and a new life has saved its own before.
 */
export class KeptPlanFiles implements PlanFiles {
  readonly #control: Control;

  constructor(control: Control) {
    this.#control = control;
  }

  save(plan: Plan, component: string, files: ReadonlyMap<string, string>): Promise<void> {
    const { environment } = plan;
    const hash = digestOf(JSON.stringify(plan));
    return onCluster(`save the files of "${component}"`, async () => {
      const value: Files = [...files];
      const ending = `-${digestOf(JSON.stringify(value)).slice(0, 20)}`;
      const { environment: type } = RESOURCE_TYPES;
      const owner = await this.#control.api.get(type, environmentRef(this.#control, environment));
      const known = await this.#wholes(plan, component);
      const belongs = ({ object, whole }: Known): boolean =>
        whole.name.endsWith(ending) && isOwnedBy(object, owner);
      if (known.some(belongs)) return;
      await writeWhole(this.#control, 'plan-files', {
        name: `files-${this.#control.ids.next()}${ending}`,
        value,
        labels: {
          [KEPT_LABELS.environment]: environment,
          [KEPT_LABELS.of]: shortHash(hash),
          [KEPT_LABELS.component]: component,
        },
        owner,
      });
    });
  }

  load(plan: Plan, component: string): Promise<ReadonlyMap<string, string> | null> {
    return onCluster(`read the files of "${component}"`, async () => {
      for (const { whole } of await this.#wholes(plan, component)) {
        const files = (await readWhole(this.#control, whole)) as Files | null;
        if (files !== null) return new Map(files);
      }
      return null;
    });
  }

  /** Newest first; one that was not written to its end is among them. */
  async #wholes(plan: Plan, component: string): Promise<readonly Known[]> {
    const { api, namespace } = this.#control;
    const hash = digestOf(JSON.stringify(plan));
    const selector = filesSelector(plan.environment, hash);
    const { items } = await api.list(RESOURCE_TYPES.configMap, {
      namespace,
      labelSelector: `${selector},${KEPT_LABELS.component}=${component}`,
      metadataOnly: true,
    });
    const firsts = items.filter(({ metadata }) => metadata.name.endsWith('-0'));
    return firsts
      .map((object) => ({ object, whole: wholeOf(object) }))
      .toSorted((a, b) => compareText(b.whole.name, a.whole.name));
  }
}

interface Known {
  readonly object: KubeObject;
  readonly whole: Whole;
}

function wholeOf({ metadata }: KubeObject): Whole {
  const parts = Number(metadata.annotations?.['offshoot.dev/parts'] ?? 1);
  return { name: metadata.labels?.[KEPT_LABELS.whole] ?? '', parts };
}

function isOwnedBy({ metadata }: KubeObject, owner: KubeObject | null): boolean {
  const uid = owner?.metadata.uid;
  return (metadata.ownerReferences ?? []).some((reference) => reference.uid === uid);
}
