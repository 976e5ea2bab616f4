import type { BranchMemories, BranchMemory } from '../../../application/ports/repositories.ts';
import { compareText } from '../../../domain/diagnostic.ts';
import { hasStatus, onCluster } from '../client/cluster-errors.ts';
import { RESOURCE_TYPES } from '../client/resource-types.ts';
import { allDataOf, KEPT_LABELS, keptObject, keptSelector } from '../resources/kept.ts';
import { untilUndisturbed } from './control.ts';
import type { Control } from './control.ts';
import { digestOf } from './parts.ts';

const { configMap: CONFIG_MAP } = RESOURCE_TYPES;

/** Of a repository's branches, spread over 16 ConfigMaps, so that tens of thousands fit. */
export class Branches implements BranchMemories {
  readonly #control: Control;

  constructor(control: Control) {
    this.#control = control;
  }

  branches(repository: string): Promise<readonly BranchMemory[]> {
    const { api, namespace } = this.#control;
    return onCluster('read what is known of branches', async () => {
      const labelSelector = keptSelector('branches', {
        [KEPT_LABELS.of]: repositoryHash(repository),
      });
      const { items } = await api.list(CONFIG_MAP, { namespace, labelSelector });
      return items
        .flatMap((object) => Object.values(allDataOf(object)))
        .map((text) => JSON.parse(text) as BranchMemory)
        .toSorted((a, b) => compareText(a.branch, b.branch));
    });
  }

  rememberBranch(memory: BranchMemory): Promise<void> {
    const { repository, branch } = memory;
    return onCluster(`remember the branch "${branch}"`, () =>
      this.#set(repository, branch, JSON.stringify(memory)),
    );
  }

  forgetBranch(repository: string, branch: string): Promise<void> {
    return onCluster(`forget the branch "${branch}"`, () => this.#set(repository, branch, null));
  }

  /** One key at a time, which the API server merges: writers of other branches do not disturb. */
  async #set(repository: string, branch: string, value: string | null): Promise<void> {
    const { api, namespace } = this.#control;
    const key = digestOf(branch).slice(0, 40);
    const of = repositoryHash(repository);
    const name = `branches-${of}-${key.charAt(0)}`;
    await untilUndisturbed(name, async () => {
      try {
        await api.patch(CONFIG_MAP, { namespace, name }, { data: { [key]: value } });
      } catch (error) {
        if (!hasStatus(error, 404)) throw error;
        if (value === null) return;
        const content = { data: { [key]: value }, labels: { [KEPT_LABELS.of]: of } };
        await api.create(CONFIG_MAP, keptObject('branches', { namespace, name }, content));
      }
    });
  }
}

function repositoryHash(repository: string): string {
  return digestOf(repository).slice(0, 20);
}
