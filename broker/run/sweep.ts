/** Things that are done again and again, each never twice at once. */

export interface Sweep {
  /** Ends it; resolves once a run that is under way is over. */
  stop(): Promise<void>;
}

/** Runs `work` every `ms`, counted from the end of the run before. A run that fails is told of, and the next comes. */
export function every(ms: number, work: () => unknown, failed: (error: unknown) => void): Sweep {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();

  const run = async (): Promise<void> => {
    try {
      await work();
    } catch (error) {
      failed(error);
    }
    if (!stopped) next();
  };
  const next = (): void => {
    timer = setTimeout(() => {
      running = run();
    }, ms);
  };
  next();
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
