import { MemoryStore } from '../support/memory-store.ts';
import { storeContract } from './store.ts';

storeContract('memory', () =>
  Promise.resolve({ store: new MemoryStore(), close: () => Promise.resolve() }),
);
