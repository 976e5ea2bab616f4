import { join } from 'node:path';
import { openState, type State } from '../../src/adapters/sqlite/state.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { ledgerContract } from './ledger.ts';
import { storeContract } from './store.ts';

async function openEmpty(): Promise<{ state: State; close: () => Promise<void> }> {
  const folder = await temporaryFolder();
  const state = openState(join(folder.path, 'state.db'));
  return {
    state,
    close: async () => {
      await state.close();
      await folder.remove();
    },
  };
}

storeContract('SQLite', async () => {
  const { state, close } = await openEmpty();
  return { store: state.store, close };
});

ledgerContract('SQLite', async () => {
  const { state, close } = await openEmpty();
  return { ledger: state.ledger, leases: state.leases, close };
});
