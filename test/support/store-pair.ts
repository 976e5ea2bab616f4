import { openState, type State } from '../../src/adapters/sqlite/state.ts';
import type { EnvironmentStatus } from '../../src/application/ports/environment-store.ts';
import { OperationError } from '../../src/domain/errors.ts';
import { lifeOf, ModelStore } from './model-store.ts';
import { sampleDesire } from './state-samples.ts';

export type StoreStep =
  | {
      readonly do: 'desire';
      readonly name: string;
      readonly branch: string;
      readonly marker: string;
    }
  | { readonly do: 'desireRemoval'; readonly name: string }
  | { readonly do: 'markRemoved'; readonly name: string }
  | { readonly do: 'writeStatus'; readonly name: string; readonly observed: number }
  | { readonly do: 'setDemand'; readonly name: string; readonly components: readonly string[] }
  | { readonly do: 'append'; readonly name: string; readonly message: string }
  | { readonly do: 'reopen' };

/** What the store answered, and what the model says it must answer. */
export interface Answers {
  readonly answered: unknown;
  readonly promised: unknown;
}

/** A store on disk and its model, taking the same steps. */
export class StorePair {
  readonly #model = new ModelStore();
  /** Uids in the order of the beginnings of lives, as in the model. */
  readonly #uids: string[] = [];
  readonly #file: string;
  #state: State;

  constructor(file: string) {
    this.#file = file;
    this.#state = openState(file);
  }

  async take(step: StoreStep): Promise<Answers> {
    const { store } = this.#state;
    switch (step.do) {
      case 'desire':
        return await this.#desire(step);
      case 'desireRemoval': {
        const promised = this.#model.desireRemoval(step.name);
        return { answered: (await store.desireRemoval(step.name)) !== null, promised };
      }
      case 'markRemoved': {
        const index = this.#model.newest(step.name);
        this.#model.markRemoved(index);
        await store.markRemoved(this.#uidOf(index));
        break;
      }
      case 'writeStatus': {
        const index = this.#model.newest(step.name);
        const promised = this.#model.writeStatus(index, step.observed);
        const answered = await store.writeStatus(this.#uidOf(index), statusAt(step.observed));
        return { answered, promised };
      }
      case 'setDemand':
        this.#model.setDemand(step.name, step.components);
        await store.setDemand(step.name, step.components);
        break;
      case 'append': {
        const event = { environment: step.name, message: step.message };
        this.#model.events.push(event);
        await store.append({ ...event, type: 't', data: {} });
        break;
      }
      case 'reopen':
        await this.#state.close();
        this.#state = openState(this.#file);
    }
    return { answered: undefined, promised: undefined };
  }

  /** All that can be read of both. */
  async all(): Promise<Answers> {
    const { store } = this.#state;
    const records = await store.list({ removed: true });
    const lives = await Promise.all(
      this.#uids.map(async (uid) => {
        const record = records.find((one) => one.uid === uid);
        const plan = await store.plan(uid);
        return record === undefined ? null : lifeOf(record, plan?.components[0]?.reason ?? '');
      }),
    );
    const events = await store.events({});
    return {
      answered: {
        count: records.length,
        living: (await store.list()).map((record) => record.name),
        lives,
        demands: await store.demands(),
        events: events.map(({ environment, message }) => ({ environment, message })),
        areIdsRising: events.every((event, index) => event.id > (events[index - 1]?.id ?? 0)),
      },
      promised: { ...this.#model.view(), areIdsRising: true },
    };
  }

  close(): Promise<void> {
    return this.#state.close();
  }

  #uidOf(index: number): string {
    return this.#uids[index] ?? 'nobody';
  }

  async #desire(step: Extract<StoreStep, { readonly do: 'desire' }>): Promise<Answers> {
    const { store } = this.#state;
    const isNew = this.#model.living(step.name) === undefined;
    const promised = this.#model.desire(step.name, step.branch, step.marker);
    const desire = sampleDesire(step.name, step.branch, step.marker);
    try {
      const record = await store.desire(desire);
      if (isNew) this.#uids.push(record.uid);
      return { answered: 'accepted', promised };
    } catch (error) {
      return { answered: error instanceof OperationError ? error.code : error, promised };
    }
  }
}

/** Differs from the status that a life begins with. */
function statusAt(observedGeneration: number): EnvironmentStatus {
  return { observedGeneration, conditions: [], tasks: [], addresses: [] };
}
