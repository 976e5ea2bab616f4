import { defineConfig } from 'vitest/config';

const TESTS = 'test/**/*.test.ts';
const END_TO_END = 'test/e2e/**/*.test.ts';
/** `npm run test:cluster` */
const ON_A_CLUSTER = 'test/cluster-tests/**';

export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  test: {
    setupFiles: ['test/support/seed.ts'],
    coverage: { provider: 'v8', include: ['src/**'], reporter: ['text-summary', 'json-summary'] },
    projects: [
      {
        extends: true,
        test: {
          name: 'parts',
          include: [TESTS],
          exclude: [END_TO_END, ON_A_CLUSTER],
          // Only for what hangs: on a machine that is busy everything takes its time.
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'end to end',
          include: [END_TO_END],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          // They start many processes each, which is why they come after all others and few at a time.
          sequence: { groupOrder: 1 },
          maxWorkers: 2,
        },
      },
    ],
  },
});
