/** The bytes of an upload as they come: counted, and told apart from a fault of ours where they stop. */

export interface Upload {
  /** Ends early where whoever takes them has seen enough; then `drain` takes the rest. */
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Bytes that came so far. */
  readonly size: () => number;
  /** Whether the other side went away before the end. */
  readonly brokeOff: () => boolean;
  /**
   * Throws away what is still to come, up to `most` bytes in all: a browser that is still sending does not
   * hear an answer. Resolves also where the other side goes away.
   */
  drain(most: number): Promise<void>;
  /** Takes nothing more; a `drain` under way ends. */
  cancel(): Promise<void>;
}

export function readUpload(body: ReadableStream<Uint8Array>): Upload {
  const reader = body.getReader();
  let size = 0;
  let brokeOff = false;
  const next = async (): Promise<Uint8Array | undefined> => {
    try {
      const { value } = await reader.read();
      size += value?.length ?? 0;
      return value;
    } catch (error) {
      brokeOff = true;
      throw error;
    }
  };
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (let chunk = await next(); chunk !== undefined; chunk = await next()) yield chunk;
  }
  // Whoever went away hears no answer, and the verdict stands without it.
  const gone = (): void => undefined;
  const drain = async (most: number): Promise<void> => {
    let chunk: Uint8Array | undefined;
    do chunk = size <= most ? await next() : undefined;
    while (chunk !== undefined);
    await reader.cancel();
  };
  return {
    chunks: chunks(),
    size: () => size,
    brokeOff: () => brokeOff,
    drain: (most) => drain(most).catch(gone),
    cancel: () => reader.cancel().catch(gone),
  };
}
