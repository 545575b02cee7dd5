import { defineConfig } from 'vitest/config';

/** One for each project: vitest takes out of it what it has used. */
const define = () => ({ VERSION: '"0.0.0-test"', LICENSE: '"license text"' });

/**
 * A flake is a bug, in the test or in PID 1, and shows as such where people work. CI runs these sixteen times over on
 * a shared machine, and reports a test that passed at the second try as "retry x1".
 */
const retry = process.env['CI'] ? 1 : 0;

export default defineConfig({
  define: define(),
  test: {
    // Namespace tests mostly wait for processes: more of them at once than there are cores does no harm.
    maxWorkers: 4,
    projects: [
      { define: define(), test: { name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 30_000 } },
      {
        define: define(),
        test: { name: 'simulation', include: ['test/simulation/**/*.test.ts'], testTimeout: 120_000 },
      },
      {
        define: define(),
        test: { name: 'native', include: ['test/native/**/*.test.ts'], testTimeout: 120_000, hookTimeout: 120_000 },
      },
      { define: define(), test: { name: 'fuzz', include: ['test/fuzz/**/*.test.ts'], testTimeout: 120_000 } },
      {
        define: define(),
        test: { name: 'package', include: ['test/package/**/*.test.ts'], testTimeout: 300_000, hookTimeout: 300_000 },
      },
      { define: define(), test: { name: 'measured', include: ['test/measured/**/*.test.ts'], testTimeout: 120_000 } },
      {
        define: define(),
        test: {
          name: 'conformance',
          retry,
          include: ['test/conformance/**/*.test.ts'],
          testTimeout: 30_000,
          maxConcurrency: 4,
        },
      },
      {
        define: define(),
        test: {
          name: 'namespace',
          include: ['test/namespace/**/*.test.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
          retry,
        },
      },
      {
        define: define(),
        test: {
          name: 'container',
          include: ['test/container/**/*.test.ts'],
          globalSetup: 'test/container/set-up.ts',
          testTimeout: 60_000,
          hookTimeout: 60_000,
          retry,
        },
      },
    ],
  },
});
