/**
 * Plays a capture file at its own pace, as if its packets came now. For machines that may not
 * capture, and for rehearsals.
 */
import { closeSync, openSync } from 'node:fs';
import { createCapturedPacket, type PacketSink } from '#sensor/model/captured-packet.ts';
import { SensorError } from '#sensor/model/sensor-error.ts';
import { type Clock, type Micros, micros } from '#sensor/model/time.ts';
import { CaptureReader } from './capture-reader.ts';
import { fill } from './file.ts';
import type { CaptureEnd, RunningCapture } from './source.ts';

/** Longer pauses are shortened to this: a timer cannot wait for more than 24 days. */
const MAX_PAUSE_MICROS = 3_600_000_000;

/** Between two rounds, so that even a capture of one packet does not occupy the machine. */
const ROUND_PAUSE_MS = 1000;

/** Packets that are late are delivered at once, but not more than these without a look at anything else. */
const BURST = 256;

export interface ReplayOptions {
  readonly path: string;
  readonly clock: Clock;
  /** Waits; rejects when `signal` is aborted. `setTimeout` of `node:timers/promises` is one. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<unknown>;
  /** Start over at the end. */
  readonly loop: boolean;
  /**
   * Called before each further round: the same connections come again with the same sequence
   * numbers, so what was being followed must be ended first.
   */
  readonly restart: (now: Micros) => void;
}

/** Starts it. Throws `SensorError` with `capture-file` if the file is no capture that can be read. */
export function startReplay(options: ReplayOptions, sink: PacketSink): RunningCapture {
  const replay = new Replay(options, sink);
  const ended = replay.run();
  return {
    backend: 'replay',
    note: `replays \`${options.path}\`; nothing is captured live`,
    counters: () => ({
      received: replay.delivered,
      dropped: 0,
      interfaceDropped: 0,
      delivered: replay.delivered,
    }),
    ended,
    stop: () => {
      replay.abort.abort();
      return ended;
    },
  };
}

class Replay {
  readonly abort = new AbortController();
  delivered = 0;
  readonly #options: ReplayOptions;
  readonly #sink: PacketSink;
  #file: number;
  #reader = new CaptureReader();
  /** The reader's own packet stays as it was read; simple packets take their time from the one before. */
  readonly #packet = createCapturedPacket(this.#reader.packet.bytes);
  /** Add to a time in the file to get the time of delivery. Undefined before the first packet of a round. */
  #shift: number | undefined;
  #lastAt = 0;

  constructor(options: ReplayOptions, sink: PacketSink) {
    this.#options = options;
    this.#sink = sink;
    this.#file = this.#open();
    fill(this.#file, this.#reader);
    if (!this.#reader.next()) {
      closeSync(this.#file);
      this.#reader.finish();
      const result = this.#reader.result();
      const why = result.kind === 'read' ? 'holds no packet' : result.text;
      throw new SensorError('capture-file', `capture \`${options.path}\` ${why}`);
    }
  }

  async run(): Promise<CaptureEnd> {
    try {
      for (;;) {
        await this.#round();
        if (!this.#options.loop) return { kind: 'finished' };
        await this.#pause(ROUND_PAUSE_MS * 1000);
        this.#startOver();
      }
    } catch (error) {
      if (this.abort.signal.aborted) return { kind: 'stopped' };
      if (error instanceof SensorError) return { kind: 'failed', text: error.message };
      throw error;
    } finally {
      closeSync(this.#file);
    }
  }

  /** From the packet that the reader holds to the end of the file. */
  async #round(): Promise<void> {
    do {
      await this.#deliver();
      this.abort.signal.throwIfAborted();
    } while (this.#next());
  }

  async #deliver(): Promise<void> {
    const { clock } = this.#options;
    const packet = this.#reader.packet;
    this.#shift ??= clock() - packet.at;
    const pause = packet.at - this.#lastAt;
    if (this.#lastAt > 0 && pause > MAX_PAUSE_MICROS) this.#shift -= pause - MAX_PAUSE_MICROS;
    this.#lastAt = packet.at;
    const due = packet.at + this.#shift;
    const early = due - clock();
    if (early > 0) await this.#pause(early);
    else if (this.delivered % BURST === BURST - 1) await this.#pause(0);
    Object.assign(this.#packet, packet);
    this.#packet.at = micros(Math.max(0, due));
    this.#packet.number = ++this.delivered;
    this.#sink(this.#packet);
  }

  #next(): boolean {
    while (!this.#reader.next()) {
      const count = this.#reader.ended ? 0 : fill(this.#file, this.#reader);
      if (count === 0 || typeof count === 'string') return false;
    }
    return true;
  }

  #startOver(): void {
    const next = this.#open();
    closeSync(this.#file);
    this.#file = next;
    this.#reader = new CaptureReader();
    this.#shift = undefined;
    this.#lastAt = 0;
    this.#options.restart(this.#options.clock());
    if (!this.#next())
      throw new SensorError('capture-file', `\`${this.#options.path}\` has changed`);
  }

  #pause(micros: number): Promise<unknown> {
    return this.#options.wait(Math.ceil(micros / 1000), this.abort.signal);
  }

  #open(): number {
    const { path } = this.#options;
    try {
      return openSync(path, 'r');
    } catch (error) {
      throw unopened(path, error);
    }
  }
}

function unopened(path: string, cause: unknown): SensorError {
  return new SensorError('capture-file', `capture \`${path}\` cannot be opened`, { cause });
}
