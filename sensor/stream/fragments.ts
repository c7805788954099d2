/**
 * Puts IP datagrams together again that were cut into fragments on their way.
 *
 *     first fragment      ... | IP header | bytes 0..    } link and IP header of the first, without what
 *     others, any order   ... | IP header | bytes n..    } says "fragment", then all bytes: a packet
 *
 * Where fragments overlap, receivers disagree, so an overlap is a means to show a sensor other bytes
 * than the device gets (RFC 1858; Ptacek and Newsham 1998). IPv6: the datagram is thrown away, as every
 * receiver must (RFC 5722). IPv4: the first bytes win, as in TCP reassembly, and if the others differ
 * that is a fact. A fragment that comes twice, as from some mirror ports, is no overlap.
 *
 * Spec: RFC 791, 3.2; RFC 8200, 4.5. Packets that are no fragments never come here.
 */
import type { CapturedPacket } from '#sensor/model/captured-packet.ts';
import type { ConversationFault } from '#sensor/model/event.ts';
import type { Fact } from '#sensor/model/fact.ts';
import type { Micros } from '#sensor/model/time.ts';
import { datagramKey, mayBeRead } from '#sensor/wire/fragment.ts';
import type { PacketView } from '#sensor/wire/packet-view.ts';
import { Datagram } from './datagram.ts';
import type { FragmentCounters } from './fragment-counters.ts';

/** RFC 8200, 4.5 says 60 s, Linux waits 30 s for IPv4: no receiver puts together what we gave up. */
export const FRAGMENT_TIMEOUT_MICROS = 60_000_000;

/** How long a datagram stays known, so that a second copy of its last fragment begins no new one. */
const COPY_MICROS = 1_000_000;

/** Datagrams at once; in a plant that is in order nothing is cut. */
export const MAX_DATAGRAMS = 1024;

/** Memory of all of them: some 50 of the longest. */
export const MAX_FRAGMENT_BYTES = 4_194_304;

/** Why fragments are lost; each is a counter too. */
type Loss = 'incomplete' | 'evicted' | 'overlapping';

export interface FragmentOptions {
  readonly counters: FragmentCounters;
  /** Takes what is to be said of datagrams that did not come through as they should. */
  readonly fault: (fault: ConversationFault) => void;
}

export class FragmentAssembler {
  readonly #options: FragmentOptions;
  /** In the order in which they began; those of IPv6 that were refused stay until their time is over. */
  readonly #waiting = new Map<string, Datagram>();
  /** Put together, in that order; kept to know late copies. */
  readonly #done = new Map<string, Datagram>();
  #memory = 0;
  /** Fragments lost since the last account, and the datagram of the last of them. */
  #lost = new Map<Loss, number>();
  #example: Datagram | undefined;

  constructor(options: FragmentOptions) {
    this.#options = options;
  }

  /** Datagrams that wait for more. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Bytes that all datagrams occupy. */
  get memory(): number {
    return this.#memory;
  }

  /**
   * Takes a packet of kind `fragment`. Gives the whole packet once nothing is missing, with number and
   * time of the fragment that completed it.
   */
  add(view: PacketView, packet: CapturedPacket): CapturedPacket | undefined {
    const { counters } = this.#options;
    // Video and file servers send fragments all day, which must neither fill the table nor cost a key.
    if (!mayBeRead(view, this.#waiting.size + this.#done.size > 0)) {
      counters.unwanted++;
      return undefined;
    }
    const key = datagramKey(view);
    const begun = this.#waiting.get(key);
    const done = this.#done.get(key);
    if (!mayBeRead(view, begun !== undefined || done !== undefined)) {
      counters.unwanted++;
      return undefined;
    }
    if (view.payloadMissing > 0) {
      counters.cut++;
      return undefined;
    }
    if (begun === undefined && done?.has(view) === true) {
      counters.copies++;
      return undefined;
    }
    const datagram = begun ?? this.#begin(key, view, packet);
    const before = datagram.memory;
    const outcome = datagram.add(view, packet);
    this.#memory += datagram.memory - before;
    const whole = outcome === 'complete' ? this.#complete(key, datagram, packet) : undefined;
    if (outcome === 'copy') counters.copies++;
    else if (outcome === 'malformed') counters.malformed++;
    else if (outcome === 'overlap') this.#refused(datagram);
    this.#makeRoom();
    return whole;
  }

  /** Gives up what has waited too long, and says what was lost. About once a second. */
  tick(now: Micros): void {
    this.#forgetDone(now - COPY_MICROS);
    this.#expire(now - FRAGMENT_TIMEOUT_MICROS);
    this.#account(now);
  }

  /** No more packets. The assembler is empty afterwards and can go on. */
  finish(now: Micros): void {
    this.#forgetDone(Number.POSITIVE_INFINITY);
    this.#expire(Number.POSITIVE_INFINITY);
    this.#account(now);
  }

  #begin(key: string, view: PacketView, packet: CapturedPacket): Datagram {
    const datagram = new Datagram(view, packet.at);
    this.#waiting.set(key, datagram);
    this.#memory += datagram.memory;
    return datagram;
  }

  #complete(key: string, datagram: Datagram, { number, at }: CapturedPacket): CapturedPacket {
    const { counters, fault } = this.#options;
    this.#waiting.delete(key);
    // An id that is used again: what was known of the one before is of no use any more.
    this.#remove(this.#done, key);
    datagram.since = at;
    this.#done.set(key, datagram);
    counters.datagrams++;
    if (datagram.conflicts > 0) {
      counters.conflictingBytes += datagram.conflicts;
      const text = `IP fragments overlap and ${datagram.conflicts} bytes of them differ; the first ones are read`;
      fault(faultOf(datagram, at, [{ name: 'stream.fragment-conflict', text }]));
    }
    return datagram.whole(number, at);
  }

  /** The fragment that overlaps is lost, and all before it, and all behind it. */
  #refused(datagram: Datagram): void {
    this.#lose('overlapping', datagram, datagram.count + 1);
    datagram.count = 0;
  }

  #makeRoom(): void {
    while (
      this.#waiting.size + this.#done.size > MAX_DATAGRAMS ||
      this.#memory > MAX_FRAGMENT_BYTES
    ) {
      const [known] = this.#done.keys();
      if (known !== undefined) {
        this.#remove(this.#done, known);
        continue;
      }
      const [oldest] = this.#waiting;
      if (oldest === undefined) return;
      this.#remove(this.#waiting, oldest[0]);
      this.#lose('evicted', oldest[1], oldest[1].count);
    }
  }

  #forgetDone(before: number): void {
    for (const [key, { since }] of this.#done) {
      if (since >= before) return;
      this.#remove(this.#done, key);
    }
  }

  #expire(before: number): void {
    for (const [key, datagram] of this.#waiting) {
      if (datagram.since >= before) return;
      this.#remove(this.#waiting, key);
      this.#lose('incomplete', datagram, datagram.count);
    }
  }

  #remove(from: Map<string, Datagram>, key: string): void {
    this.#memory -= from.get(key)?.memory ?? 0;
    from.delete(key);
  }

  #lose(why: Loss, datagram: Datagram, fragments: number): void {
    if (fragments === 0) return;
    this.#options.counters[why] += fragments;
    this.#lost.set(why, (this.#lost.get(why) ?? 0) + fragments);
    this.#example = datagram;
  }

  /** One event for all that was lost since the last one, so that nobody can make many. */
  #account(now: Micros): void {
    if (this.#example === undefined) return;
    const facts = [...this.#lost].map(([why, count]) => ({
      name: `stream.fragments-${why}`,
      text: `${count} IP fragments are lost: ${WORDS[why]}`,
    }));
    this.#options.fault(faultOf(this.#example, now, facts));
    this.#lost = new Map();
    this.#example = undefined;
  }
}

const WORDS: Readonly<Record<Loss, string>> = {
  incomplete: 'the rest of their datagrams did not come',
  evicted: 'more waited than there is room for',
  overlapping: 'they overlap, and an IPv6 receiver throws such datagrams away',
};

function faultOf(datagram: Datagram, at: Micros, facts: readonly Fact[]): ConversationFault {
  const [client, server] = datagram.ends;
  const { frame } = datagram;
  return { kind: 'fault', at, client, server, transport: 'tcp', frame, facts };
}
