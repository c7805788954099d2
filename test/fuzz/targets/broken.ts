/** A promise that does not hold, in words. */
class BrokenPromise extends Error {
  override readonly name = 'BrokenPromise';
}

export function promised(holds: boolean, what: string): asserts holds {
  if (!holds) throw new BrokenPromise(what);
}
