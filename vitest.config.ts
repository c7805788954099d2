import { defineConfig } from 'vitest/config';
import { ClosingLine } from './test/support/closing-line.ts';

/** Tests that start whole sites on the addresses of the example plant, where others would be heard. */
const WHOLE_SITES = ['test/system/**/*.test.ts', 'test/browser/**/*.test.ts'];

export default defineConfig({
  test: {
    /** For the tests that count allocations. */
    execArgv: ['--expose-gc'],
    setupFiles: ['test/support/property-runs.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    /** A busy machine still meets it, in milliseconds. */
    expect: { poll: { timeout: 20_000 } },
    reporters: ['default', new ClosingLine()],
    projects: [
      {
        extends: true,
        test: {
          name: 'parts',
          include: ['test/**/*.test.ts'],
          exclude: WHOLE_SITES,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'sites',
          /** A whole site shares its machine with a browser; the run's end names whatever passed the second time only. */
          retry: 1,
          include: WHOLE_SITES,
          maxWorkers: 1,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
