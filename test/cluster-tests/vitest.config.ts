import { defineConfig } from 'vitest/config';

/** Tests that need a real cluster: `OFFSHOOT_TEST_KUBECONFIG`, or one that is started here. */
export default defineConfig({
  root: new URL('../..', import.meta.url).pathname,
  test: {
    include: ['test/cluster-tests/**/*.test.ts'],
    globalSetup: ['test/cluster-tests/global-setup.ts'],
    testTimeout: 120_000,
    hookTimeout: 300_000,
    // Files take turns: the machine is one, and rights of the cluster are counted.
    fileParallelism: false,
  },
});
