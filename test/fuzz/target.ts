/** What is fuzzed: bytes in, a promise that holds for all of them. */
export interface Target {
  readonly name: string;
  /** What is shown: `never throws, and what is read without a fault is written again as it was`. */
  readonly promise: string;
  /** Inputs to begin with. */
  readonly seeds: readonly Uint8Array[];
  /** Byte strings that mean something to the program. */
  readonly words: readonly Uint8Array[];
  /** Longest input that is tried. */
  readonly most: number;
  /** Of all executions, this one's share, in parts of the sum over all targets. */
  readonly share: number;
  /**
   * Branches that one byte of input may take at most, and those that no input saves: more is work that is
   * not linear in its length.
   */
  readonly work: { readonly each: number; readonly fixed: number };
  /** Throws where the promise is broken. */
  readonly run: (bytes: Buffer) => void;
}
