/** What could not be heard or read, as facts of the sensor's health: each count since the last account. */
import type { Fact } from '#sensor/model/fact.ts';
import type { LinkAccount } from '#sensor/model/link-account.ts';
import { linkFacts, linkGrowth } from '#sensor/output/links.ts';
import { type PipelineCounters, unreadPackets } from '#sensor/pipeline.ts';
import { Unread } from './unread.ts';

/** What is counted, by the name of its fact. The text says one account; `n` is never 0. */
const ACCOUNTS: readonly {
  readonly name: string;
  readonly count: (counters: PipelineCounters) => number;
  readonly text: (n: number) => string;
}[] = [
  {
    name: 'stream.gaps',
    count: ({ stream }) => stream.gaps,
    text: (n) => `${n} gaps in TCP streams: their bytes were never captured`,
  },
  {
    name: 'stream.conflicting-bytes',
    count: ({ stream }) => stream.conflictingBytes,
    text: (n) => `${n} bytes of TCP streams were sent twice with different content`,
  },
  {
    name: 'stream.waits-given-up',
    count: ({ stream }) => stream.pendingLimit,
    text: (n) => `${n} waits for missing segments were given up: too much was waiting`,
  },
  {
    name: 'sensor.duplicates',
    count: ({ wire }) => wire.duplicates,
    text: (n) => `${n} packets came twice, and were read once: the mirror port gives copies`,
  },
  {
    name: 'sensor.flows-evicted',
    count: ({ stream }) => stream.evicted,
    text: (n) => `${n} connections were given up: the flow table was full`,
  },
];

export class Hearing {
  readonly #counters: PipelineCounters;
  readonly #unread: Unread;
  readonly #told = new Map<string, number>();
  #links: readonly LinkAccount[] = [];

  constructor(counters: PipelineCounters) {
    this.#counters = counters;
    this.#unread = new Unread(() => unreadPackets(counters));
  }

  takeFacts(): readonly Fact[] {
    const heard = ACCOUNTS.flatMap(({ name, count, text }) => {
      const total = count(this.#counters);
      const n = total - (this.#told.get(name) ?? 0);
      this.#told.set(name, total);
      return n === 0 ? [] : [{ name, text: text(n) }];
    });
    return [...heard, ...this.#takeLinkFacts(), ...this.#unread.takeFacts()];
  }

  #takeLinkFacts(): readonly Fact[] {
    const before = this.#links;
    this.#links = this.#counters.links.accounts();
    return linkFacts(linkGrowth(before, this.#links));
  }
}
