import type { EnvironmentRecord } from '../../src/application/ports/environment-store.ts';
import { compareText } from '../../src/domain/diagnostic.ts';

interface Life {
  readonly name: string;
  branch: string;
  generation: number;
  desired: 'up' | 'removed';
  isOver: boolean;
  marker: string;
  observedGeneration: number;
}

/** What the store promises about lives, said as simply as possible: the oracle of the property test. */
export class ModelStore {
  readonly #lives: Life[] = [];
  readonly #demands = new Map<string, readonly string[]>();
  readonly events: { readonly environment: string; readonly message: string }[] = [];

  living(name: string): Life | undefined {
    return this.#lives.find((life) => life.name === name && !life.isOver);
  }

  /** Index of the newest life of a name, living or not; -1 when there never was one. */
  newest(name: string): number {
    return this.#lives.findLastIndex((life) => life.name === name);
  }

  desire(name: string, branch: string, marker: string): 'accepted' | 'ENVIRONMENT_NAME_TAKEN' {
    const life = this.living(name);
    if (life === undefined) {
      const begun = { name, branch, marker, generation: 1, observedGeneration: 0, isOver: false };
      this.#lives.push({ ...begun, desired: 'up' });
      return 'accepted';
    }
    if (life.branch !== branch) return 'ENVIRONMENT_NAME_TAKEN';
    Object.assign(life, { generation: life.generation + 1, desired: 'up', marker });
    return 'accepted';
  }

  desireRemoval(name: string): boolean {
    const life = this.living(name);
    if (life === undefined) return false;
    Object.assign(life, { generation: life.generation + 1, desired: 'removed' });
    return true;
  }

  markRemoved(index: number): void {
    const life = this.#lives[index];
    if (life?.desired === 'removed') life.isOver = true;
  }

  /** Only statuses of generation 1 and more are written, so the first one differs. */
  writeStatus(index: number, observedGeneration: number): boolean {
    const life = this.#lives[index];
    if (life === undefined || life.isOver) return false;
    if (life.observedGeneration === observedGeneration) return false;
    life.observedGeneration = observedGeneration;
    return true;
  }

  setDemand(environment: string, components: readonly string[]): void {
    if (components.length === 0) this.#demands.delete(environment);
    else this.#demands.set(environment, components.toSorted(compareText));
  }

  view(): Readonly<Record<string, unknown>> {
    const living = this.#lives.filter((life) => !life.isOver).map((life) => life.name);
    return {
      count: this.#lives.length,
      living: living.toSorted(compareText),
      lives: this.#lives,
      demands: this.#demands,
      events: this.events,
    };
  }
}

/** The part of a record that the model knows. */
export function lifeOf(record: EnvironmentRecord, marker: string): Life {
  return {
    name: record.name,
    branch: record.spec.branch,
    generation: record.generation,
    desired: record.desired,
    isOver: record.removedAt !== null,
    marker,
    observedGeneration: record.status.observedGeneration,
  };
}
