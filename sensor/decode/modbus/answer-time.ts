/** How long answers are waited for. */

/** A server that has not answered by then has not answered: devices take up to 1 s, serial gateways a few. */
export const ANSWER_WITHIN_MICROS = 10_000_000;

/** A second answer to the same request within this time belongs to it, and is no late stranger. */
export const SECOND_ANSWER_WITHIN_MICROS = 5_000_000;
