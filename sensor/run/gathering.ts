/**
 * Between the packet path and the database: what was found is gathered here and written at once, so
 * that a packet never waits for a disk. One commit is on its way at a time, because a newer state must not be
 * overtaken by an older one.
 */

import type { Alert } from '#sensor/model/alert.ts';
import type { RoutineReads, SensorEvent } from '#sensor/model/event.ts';
import type { Fact } from '#sensor/model/fact.ts';
import type { HealthReport } from '#sensor/model/link.ts';
import { isoMicros, type Micros } from '#sensor/model/time.ts';
import { AssetBook, type AssetBookOptions } from '#sensor/output/assets.ts';
import { keptOf } from '#sensor/store/kept-exchange.ts';
import type { Backlog, Batch, StoredEvidence } from '#sensor/store/sensor-store.ts';
import { FaultBook } from './fault-book.ts';

/** Exchanges that are gathered before they are written without waiting for the next turn: about 10 MB. */
const MAX_GATHERED = 10_000;
/**
 * Alerts whose new counts are written at once. Of hundreds that count many times a second the others come with
 * the next turns, so that no turn takes long.
 */
const MAX_COUNTED_FURTHER = 16;
/** Exchanges that may wait for a database that cannot be written; beyond them the sensor gives up. */
const MAX_WAITING = 50_000;

/**
 * µs after which an address that goes on talking is told again, so that the broker knows when it was
 * last seen: a thousand assets are then three small items a second.
 */
const TOLD_AGAIN = 300_000_000;

/** The part of `StoreThread` that is written to. */
interface GatheringStore {
  readonly backlog: Backlog;
  /** Gives outbox rows given up for space. */
  commit(batch: Batch, now: Micros): Promise<number>;
  /** Stands still until what was committed is written. */
  block(): void;
}

export interface GatheringOptions {
  readonly store: GatheringStore;
  /** New alerts, and at most `most` of those that counted further. */
  readonly changedAlerts: (most?: number) => readonly Alert[];
  /** What all traffic tells; absent where decoded exchanges are all that is asked for. */
  readonly inventory?: AssetBookOptions;
  readonly clock: () => Micros;
  /** Version of the bundle in use. */
  readonly bundle: () => string | undefined;
  /** The outbox was full, and this many of its rows were given up. */
  readonly givenUp: (rows: number) => void;
  /** The database could not be written; told once, until it can be again. */
  readonly failed: (why: string) => void;
}

export class Gathering {
  readonly #options: GatheringOptions;
  readonly #assets: AssetBook;
  readonly #faults = new FaultBook();
  /** What was last told of each address. */
  readonly #told = new Map<string, Told>();
  #batch = emptyBatch();
  /** Handed to the store, which has not said yet that it is written. */
  #unwritten = emptyBatch();
  #writing: Promise<void> | undefined;
  /** Something was written since `flush` last said so. */
  #wrote = false;
  /** Why the last commit failed. */
  #failure: Error | undefined;
  #received = 0;
  #dropped = 0;

  constructor(options: GatheringOptions) {
    this.#options = options;
    this.#assets = new AssetBook(options.inventory);
  }

  event(event: SensorEvent): void {
    this.#assets.event(event);
    if (event.kind === 'health') {
      this.#received += event.received;
      this.#dropped += event.dropped;
      const { at, interface: name, facts } = event;
      const bundle = this.#options.bundle();
      const { waiting, givenUp } = this.#options.store.backlog;
      const report: HealthReport = {
        at: isoMicros(at),
        interface: name,
        received: this.#received,
        dropped: this.#dropped,
        facts: [...facts, ...this.#faults.takeFacts(), ...this.#leftOut()],
        ...(bundle === undefined ? {} : { bundle }),
        waiting,
        givenUp,
      };
      this.#batch.health.push({ at, report });
    } else if (event.kind === 'exchange') {
      this.#batch.exchanges.push(keptOf(event));
      if (this.#batch.exchanges.length % MAX_GATHERED === 0) this.#hurry();
    } else this.#faults.note(event);
  }

  /** Much was found. Where the disk does not keep up, the packets wait, and what the kernel drops of them is counted. */
  #hurry(): void {
    if (this.#writing === undefined) void this.#write();
    else this.#options.store.block();
  }

  /** An inventory that is full says so in each account. */
  #leftOut(): readonly Fact[] {
    const { leftOut, forgotten } = this.#assets;
    const full = `addresses found no room in the inventory, ${leftOut} times so far`;
    const gone = `${forgotten} conversations were forgotten to make room for others so far`;
    return [
      ...(leftOut === 0 ? [] : [{ name: 'sensor.assets-left-out', text: full }]),
      ...(forgotten === 0 ? [] : [{ name: 'sensor.conversations-forgotten', text: gone }]),
    ];
  }

  routine(reads: RoutineReads): void {
    this.#assets.routine(reads);
    this.#batch.routine.push(reads);
  }

  evidence(evidence: StoredEvidence): void {
    this.#batch.evidence.push(evidence);
  }

  /** Takes the inventory: addresses of which something new is known, or that were not told for a while. */
  takeAssets(): void {
    const now = this.#options.clock();
    for (const report of this.#assets.documents()) {
      const known = JSON.stringify(report, withoutCounts);
      const told = this.#told.get(report.ip);
      const isOld = now - (told?.at ?? now) >= TOLD_AGAIN && told?.lastSeen !== report.last_seen;
      if (told?.known === known && !isOld) continue;
      this.#told.set(report.ip, { known, lastSeen: report.last_seen, at: now });
      this.#batch.assets.push(report);
    }
  }

  /**
   * Writes what was gathered; true iff there is something new for the broker. Where that fails, it
   * waits for the next turn. Rejects once too much waits: better a restart than silence.
   */
  async flush(): Promise<boolean> {
    // What is on its way does not hold what was found since.
    await this.#writing;
    await this.#write();
    if (this.#failure !== undefined && this.#unwritten.exchanges.length > MAX_WAITING) {
      throw this.#failure;
    }
    const wrote = this.#wrote;
    this.#wrote = false;
    return wrote;
  }

  /** What comes last: the inventory, and the counts of all alerts. Rejects as `flush`. */
  async finish(): Promise<boolean> {
    this.takeAssets();
    this.#batch.alerts.push(...this.#options.changedAlerts());
    return await this.flush();
  }

  /** Never rejects. */
  #write(): Promise<void> {
    this.#writing ??= this.#commit().finally(() => {
      this.#writing = undefined;
    });
    return this.#writing;
  }

  async #commit(): Promise<void> {
    this.#batch.alerts.push(...this.#options.changedAlerts(MAX_COUNTED_FURTHER));
    this.#batch.faults.push(...this.#faults.takeAccounts());
    const batch = joined(this.#unwritten, this.#batch);
    this.#batch = emptyBatch();
    this.#unwritten = batch;
    if (Object.values(batch).every((part) => part.length === 0)) return;
    try {
      const rows = await this.#options.store.commit(batch, this.#options.clock());
      if (rows > 0) this.#options.givenUp(rows);
    } catch (error) {
      const failure = error instanceof Error ? error : new Error(String(error));
      if (this.#failure === undefined) this.#options.failed(failure.message);
      this.#failure = failure;
      return;
    }
    this.#failure = undefined;
    this.#unwritten = emptyBatch();
    this.#wrote = true;
  }
}

interface Told {
  /** The report without its times and counts. */
  readonly known: string;
  readonly lastSeen: string;
  readonly at: Micros;
}

/** They change with every packet; `TOLD_AGAIN` tells them. */
const COUNTS: ReadonlySet<string> = new Set(['first_seen', 'last_seen', 'sent', 'received']);

const withoutCounts = (key: string, value: unknown): unknown =>
  COUNTS.has(key) ? undefined : value;

type Gathered = {
  -readonly [Part in keyof Batch]: Batch[Part][number][];
};

const emptyBatch = (): Gathered => ({
  alerts: [],
  exchanges: [],
  faults: [],
  routine: [],
  assets: [],
  health: [],
  evidence: [],
});

/** What was found later stands behind: of an alert that is in both, the later state counts. */
function joined(earlier: Gathered, later: Gathered): Gathered {
  if (Object.values(earlier).every((part) => part.length === 0)) return later;
  return {
    alerts: [...earlier.alerts, ...later.alerts],
    exchanges: [...earlier.exchanges, ...later.exchanges],
    faults: [...earlier.faults, ...later.faults],
    routine: [...earlier.routine, ...later.routine],
    assets: [...earlier.assets, ...later.assets],
    health: [...earlier.health, ...later.health],
    evidence: [...earlier.evidence, ...later.evidence],
  };
}
