import type { BranchMemories, BranchMemory } from '../../application/ports/repositories.ts';
import type { Connection, Row } from './connection.ts';
import { integer, text, textOrNull } from './row.ts';

export class Branches implements BranchMemories {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  branches(repository: string): Promise<readonly BranchMemory[]> {
    const connection = this.#connection;
    return connection.read(() =>
      connection
        .all('SELECT * FROM branches WHERE repository = ? ORDER BY branch', repository)
        .map(memoryOf),
    );
  }

  rememberBranch(memory: BranchMemory): Promise<void> {
    const connection = this.#connection;
    return connection.write(() => {
      connection.run(
        `INSERT OR REPLACE INTO branches (repository, branch, tip, base, was_ahead, missing_polls, merged_at)
         VALUES (?, ?, ?, ?, ?, ?, ?)`,
        memory.repository,
        memory.branch,
        memory.tip,
        memory.base,
        memory.wasAhead ? 1 : 0,
        memory.missingPolls,
        memory.mergedAt,
      );
    });
  }

  forgetBranch(repository: string, branch: string): Promise<void> {
    const connection = this.#connection;
    return connection.write(() => {
      connection.run(
        'DELETE FROM branches WHERE repository = ? AND branch = ?',
        repository,
        branch,
      );
    });
  }
}

function memoryOf(row: Row): BranchMemory {
  return {
    repository: text(row, 'repository'),
    branch: text(row, 'branch'),
    tip: text(row, 'tip'),
    base: textOrNull(row, 'base'),
    wasAhead: integer(row, 'was_ahead') === 1,
    missingPolls: integer(row, 'missing_polls'),
    mergedAt: textOrNull(row, 'merged_at'),
  };
}
