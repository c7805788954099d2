/** What waits until it stands in the recording; what was asked first is done first. */
interface Step {
  ready: boolean;
  readonly run: () => void;
  /** Instead of `run`, if it was dropped meanwhile. */
  readonly cancel: () => void;
}

export class Steps {
  readonly #waiting: Step[] = [];
  readonly #pump: () => void;

  /** `pump` is called when a step became ready, and calls `runReady`. */
  constructor(pump: () => void) {
    this.#pump = pump;
  }

  get size(): number {
    return this.#waiting.length;
  }

  add(recorded: Promise<void>, does: Pick<Step, 'run' | 'cancel'>): void {
    const step: Step = { ready: false, ...does };
    this.#waiting.push(step);
    void recorded.then(() => {
      step.ready = true;
      if (this.#waiting.includes(step)) this.#pump();
      else step.cancel();
    });
  }

  /** Runs what is ready, up to the first that is not, while `goesOn`. */
  runReady(goesOn: () => boolean): void {
    while (goesOn() && this.#waiting[0]?.ready === true) this.#waiting.shift()?.run();
  }

  /** Cancels all: those that are ready now, the others when they are. */
  drop(): void {
    const dropped = this.#waiting.splice(0);
    for (const step of dropped) if (step.ready) step.cancel();
  }
}
