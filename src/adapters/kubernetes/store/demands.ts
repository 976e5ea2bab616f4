import type { BaselineDemands } from '../../../application/ports/environment-store.ts';
import { compareText } from '../../../domain/diagnostic.ts';
import { hasStatus, onCluster } from '../client/cluster-errors.ts';
import { RESOURCE_TYPES } from '../client/resource-types.ts';
import { dataOf, keptObject, keptSelector } from '../resources/kept.ts';
import { nameOf } from '../resources/environment-object.ts';
import { ownSelector } from './control.ts';
import type { Control } from './control.ts';

const { configMap: CONFIG_MAP, environment: ENVIRONMENT } = RESOURCE_TYPES;

const PEOPLE = '*';

/** One ConfigMap for each who demands. */
export class Demands implements BaselineDemands {
  readonly #control: Control;

  constructor(control: Control) {
    this.#control = control;
  }

  setDemand(environment: string, components: readonly string[]): Promise<void> {
    const { api, namespace, ids } = this.#control;
    const name = objectName(environment);
    const wanted = [...new Set(components)].toSorted(compareText);
    return onCluster(`note what "${environment}" needs of the baseline`, async () => {
      if (wanted.length === 0) {
        await api.delete(CONFIG_MAP, { namespace, name });
        return;
      }
      // The stamp gives even the same demand a new version: `forgetGone` then sees that it was made again.
      const object = keptObject(
        'demand',
        { namespace, name },
        { data: { environment, components: wanted.join('\n'), stamp: ids.next() } },
      );
      await api.apply(CONFIG_MAP, object, { force: true });
    });
  }

  demands(): Promise<ReadonlyMap<string, readonly string[]>> {
    return onCluster('read what the baseline is needed for', async () => {
      const { items } = await this.#list();
      const entries = items.map((object): [string, readonly string[]] => [
        dataOf(object, 'environment') ?? '',
        (dataOf(object, 'components') ?? '').split('\n'),
      ]);
      return new Map(entries.toSorted(([a], [b]) => compareText(a, b)));
    });
  }

  forgetGone(): Promise<void> {
    const { api, namespace } = this.#control;
    return onCluster('forget what nobody needs of the baseline', async () => {
      // Demands before lives, and only that version of a demand: one that is made meanwhile stays.
      const { items } = await this.#list();
      const lives = await api.list(ENVIRONMENT, {
        labelSelector: ownSelector(this.#control),
        metadataOnly: true,
      });
      const living = new Set([PEOPLE, ...lives.items.map(nameOf)]);
      for (const object of items) {
        const { name, uid = '', resourceVersion = '' } = object.metadata;
        if (living.has(dataOf(object, 'environment') ?? '')) continue;
        await api
          .delete(CONFIG_MAP, { namespace, name }, { uid, resourceVersion })
          .catch(ignoreConflict);
      }
    });
  }

  #list(): ReturnType<Control['api']['list']> {
    const { api, namespace } = this.#control;
    return api.list(CONFIG_MAP, { namespace, labelSelector: keptSelector('demand') });
  }
}

function ignoreConflict(error: unknown): void {
  if (!hasStatus(error, 409)) throw error;
}

function objectName(environment: string): string {
  return environment === PEOPLE ? 'demands-of-people' : `demand-${environment}`;
}
