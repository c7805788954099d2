/** All months of history as one: items go to the month of their own time, so that a repeated one finds itself. */
import { readdirSync } from 'node:fs';
import type { Emission, ReportedOperation } from '#broker/model/operation.ts';
import type { Micros } from '#sensor/model/time.ts';
import type { JudgedEmission } from '../store.ts';
import type { Database } from './database.ts';
import {
  appendEmission,
  appendOperation,
  countUnexplainedIn,
  emissionsIn,
  isOpen,
  type Month,
  monthOf,
  monthOfFile,
  openMonth,
  settleEmissionIn,
  settleOperationIn,
  unexplainedIn,
  unseenIn,
  type Waiting,
} from './month-file.ts';

/** Each open file costs three descriptors and its cache. Two years: more is asked of rarely. */
const MAX_OPEN_FILES = 24;
/** A key names one transaction of one connection; it comes again only when ports and ids wrap around. */
const MAX_EMISSIONS_OF_KEY = 20;

/** First the longest waiting of each sensor, then the second of each ... */
function inTurn(waiting: readonly Waiting[]): readonly ReportedOperation[] {
  const bySensor = Map.groupBy(waiting, ({ operation }) => operation.sensor);
  return [...bySensor.values()]
    .flatMap((own) =>
      own
        .toSorted((a, b) => a.received - b.received)
        .map(({ received, operation }, place) => ({ received, operation, place })),
    )
    .sort((a, b) => a.place - b.place || a.received - b.received)
    .map(({ operation }) => operation);
}

export class HistoryFiles {
  readonly #folder: string;
  /** Least recently used first. */
  readonly #open = new Map<Month, Database>();
  /** Ascending; `other` sorts last. */
  #months: readonly Month[];
  /** Months in which every item has its verdict. */
  readonly #settled = new Set<Month>();

  constructor(folder: string) {
    this.#folder = folder;
    this.#months = readdirSync(folder)
      .map(monthOfFile)
      .filter((month) => month !== undefined)
      .sort();
  }

  appendOperations(items: readonly ReportedOperation[], receivedAt: Micros): void {
    this.#append(
      items,
      (item) => monthOf(item.exchange.at),
      (file, item) => appendOperation(file, item, receivedAt),
    );
  }

  appendEmissions(items: readonly Emission[]): void {
    this.#append(items, (item) => monthOf(item.sentAt), appendEmission);
  }

  unexplained(limit: number): readonly ReportedOperation[] {
    const waiting = this.#unsettled().flatMap((month) => unexplainedIn(this.#file(month), limit));
    return inTurn(waiting).slice(0, limit);
  }

  countUnexplained(sensor: string): number {
    const counts = this.#unsettled().map((month) => countUnexplainedIn(this.#file(month), sensor));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  unseen(before: Micros, limit: number): readonly Emission[] {
    const found: Emission[] = [];
    for (const month of this.#unsettled()) {
      if (found.length >= limit) break;
      found.push(...unseenIn(this.#file(month), before, limit - found.length));
    }
    return found;
  }

  /** Opens the months of that time alone: a sensor makes it seek for each operation that it reports. */
  emissionsOf(key: string, from: Micros, until: Micros): readonly JudgedEmission[] {
    const found: JudgedEmission[] = [];
    const [first, last] = [monthOf(from), monthOf(until)];
    for (const month of this.#months.toReversed()) {
      if (month < first || month > last) continue;
      const rest = MAX_EMISSIONS_OF_KEY - found.length;
      if (rest === 0) break;
      found.push(...emissionsIn(this.#file(month), { key, from, until }, rest));
    }
    return found;
  }

  settleOperation(id: string, verdict: string, emission: string | undefined): void {
    this.#settle((file) => settleOperationIn(file, id, verdict, emission));
  }

  settleEmission(id: string, verdict: string): void {
    this.#settle((file) => settleEmissionIn(file, id, verdict));
  }

  close(): void {
    for (const file of this.#open.values()) file.close();
    this.#open.clear();
  }

  #append<T>(
    items: readonly T[],
    month: (item: T) => Month,
    put: (file: Database, item: T) => void,
  ): void {
    for (const [name, group] of Map.groupBy(items, month)) {
      const file = this.#file(name);
      this.#settled.delete(name);
      file.transaction(() => {
        for (const item of group) put(file, item);
      });
    }
  }

  /** Months in which the join still seeks something, oldest first. */
  #unsettled(): readonly Month[] {
    return this.#months.filter((month) => {
      if (this.#settled.has(month)) return false;
      if (isOpen(this.#file(month))) return true;
      this.#settled.add(month);
      return false;
    });
  }

  /** What is settled is mostly new. An id that stands nowhere belongs to a month that was removed. */
  #settle(settle: (file: Database) => boolean): void {
    for (const month of this.#months.toReversed()) {
      if (settle(this.#file(month))) return;
    }
  }

  #file(month: Month): Database {
    const file = this.#open.get(month) ?? openMonth(this.#folder, month);
    this.#open.delete(month);
    this.#open.set(month, file);
    if (!this.#months.includes(month)) this.#months = [...this.#months, month].sort();
    const [oldest] = this.#open;
    if (this.#open.size > MAX_OPEN_FILES && oldest !== undefined) {
      this.#open.delete(oldest[0]);
      oldest[1].close();
    }
    return file;
  }
}
