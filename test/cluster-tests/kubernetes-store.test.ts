import { afterAll, beforeEach } from 'vitest';
import { describeBranchMemories } from '../contract/branch-memories.ts';
import { storeContract } from '../contract/store.ts';
import { openTestState } from './support/test-cluster.ts';
import type { OpenedState } from './support/test-cluster.ts';

storeContract('Kubernetes', async () => {
  const { state, close } = await openTestState();
  return { store: state.store, close };
});

const opened: OpenedState[] = [];
let next: OpenedState;
beforeEach(async () => {
  next = await openTestState();
  opened.push(next);
});
afterAll(() => Promise.all(opened.map(({ close }) => close())));

describeBranchMemories('Kubernetes', () => next.state.branches);
