/** How often a test repeats itself: briefly in `npm test`, at full count in `npm run prove`. */
const { LOCKKEEPER_RUNS: asked, LOCKKEEPER_SEED: given } = process.env;

/** `short` in `npm test`; in a proof its count, where that is more. */
export const runs = (short: number): number =>
  asked === undefined ? short : Math.max(short, Number(asked));

/** `npm test` is always the same; each proof has a seed of its own, which its report names. */
export const SEED = given === undefined ? 20_261_123 : Number(given);
