/** Set-up of every test file: property tests run as often, and from the seed, that `runs.ts` says. */
import fc from 'fast-check';
import { runs, SEED } from './runs.ts';

const FAST_CHECK_DEFAULT = 100;

fc.configureGlobal({ seed: SEED, numRuns: runs(FAST_CHECK_DEFAULT) });
