import { afterAll, beforeAll } from 'vitest';
import { join } from 'node:path';
import { openState, type State } from '../../src/adapters/sqlite/state.ts';
import { HeldBranchMemories } from '../support/branch-memories.ts';
import { temporaryFolder, type TemporaryFolder } from '../support/temporary-folder.ts';
import { describeBranchMemories } from './branch-memories.ts';

const opened: State[] = [];
let folder: TemporaryFolder;

beforeAll(async () => {
  folder = await temporaryFolder();
});

afterAll(async () => {
  await Promise.all(opened.map((state) => state.close()));
  await folder.remove();
});

describeBranchMemories('the fake', () => new HeldBranchMemories());

describeBranchMemories('SQLite', () => {
  const state = openState(join(folder.path, `state-${opened.length}.db`));
  opened.push(state);
  return state.branches;
});
