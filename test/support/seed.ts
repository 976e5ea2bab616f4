import fc from 'fast-check';

/**
 * A fixed seed for property tests, from `OFFSHOOT_TEST_SEED`: coverage must not depend on luck. Without
 * it every run draws its own, and prints it with a counter-example.
 */
const seed = process.env['OFFSHOOT_TEST_SEED'];
if (seed !== undefined) fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(seed) });
