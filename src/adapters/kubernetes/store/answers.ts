import type { KeptAnswer, KeptAnswers } from '../../../application/ports/kept-answers.ts';
import { compareText } from '../../../domain/diagnostic.ts';
import { onCluster } from '../client/cluster-errors.ts';
import { RESOURCE_TYPES } from '../client/resource-types.ts';
import { bytesOf, keptObject, keptSelector } from '../resources/kept.ts';
import { pack, unpack } from '../resources/packing.ts';
import { nowOf, untilUndisturbed } from './control.ts';
import type { Control } from './control.ts';
import { digestOf } from './parts.ts';

const { configMap: CONFIG_MAP } = RESOURCE_TYPES;
const ANSWER = 'answer';
const KEPT_AT = 'offshoot.dev/kept-at';

/** One ConfigMap for each key; who creates it first has answered. */
export class Answers implements KeptAnswers {
  readonly #control: Control;

  constructor(control: Control) {
    this.#control = control;
  }

  answer(key: string): Promise<KeptAnswer | null> {
    const { api, namespace } = this.#control;
    return onCluster('read an answer that was kept', async () => {
      const object = await api.get(CONFIG_MAP, { namespace, name: objectName(key) });
      const isOld = (object?.metadata.annotations?.[KEPT_AT] ?? '') <= this.#oldest();
      const bytes = object === null || isOld ? null : bytesOf(object, ANSWER);
      return bytes === null ? null : (unpack(bytes) as KeptAnswer);
    });
  }

  keepAnswer(key: string, answer: KeptAnswer): Promise<void> {
    const { api, namespace } = this.#control;
    const name = objectName(key);
    const object = keptObject(
      'answer',
      { namespace, name },
      {
        binaryData: { [ANSWER]: pack(answer).toString('base64') },
        annotations: { [KEPT_AT]: nowOf(this.#control) },
      },
    );
    return onCluster('keep an answer', async () => {
      await this.#trim();
      await untilUndisturbed(name, async () => {
        const there = await api.get(CONFIG_MAP, { namespace, name });
        if (there === null) await api.create(CONFIG_MAP, object);
      });
    });
  }

  async #trim(): Promise<void> {
    const { api, namespace, limits } = this.#control;
    const labelSelector = keptSelector('answer');
    const { items } = await api.list(CONFIG_MAP, { namespace, labelSelector, metadataOnly: true });
    const newest = items
      .map(({ metadata }) => ({ metadata, at: metadata.annotations?.[KEPT_AT] ?? '' }))
      .toSorted((a, b) => compareText(b.at, a.at));
    const gone = newest.filter(
      ({ at }, index) => at <= this.#oldest() || index >= limits.answerCount - 1,
    );
    await Promise.all(
      gone.map(({ metadata: { name, uid = '' } }) =>
        api.delete(CONFIG_MAP, { namespace, name }, { uid }),
      ),
    );
  }

  #oldest(): string {
    return new Date(this.#control.clock.nowMs() - this.#control.limits.answerMs).toISOString();
  }
}

function objectName(key: string): string {
  return `answer-${digestOf(key).slice(0, 40)}`;
}
