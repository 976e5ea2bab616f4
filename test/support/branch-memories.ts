import type { BranchMemories, BranchMemory } from '../../src/application/ports/repositories.ts';

/** Memories that live as long as the test; `test/contract/branch-memories.ts` holds them to the port. */
export class HeldBranchMemories implements BranchMemories {
  readonly #memories = new Map<string, BranchMemory>();

  branches(repository: string): Promise<readonly BranchMemory[]> {
    const all = [...this.#memories.values()];
    return Promise.resolve(all.filter((memory) => memory.repository === repository));
  }

  rememberBranch(memory: BranchMemory): Promise<void> {
    this.#memories.set(keyOf(memory.repository, memory.branch), memory);
    return Promise.resolve();
  }

  forgetBranch(repository: string, branch: string): Promise<void> {
    this.#memories.delete(keyOf(repository, branch));
    return Promise.resolve();
  }
}

function keyOf(repository: string, branch: string): string {
  return JSON.stringify([repository, branch]);
}
