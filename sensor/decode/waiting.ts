/**
 * What all connections keep until the rest of it comes, as one account: chunks of which a part came,
 * messages of which some chunks came, requests whose answer is still out. Each alone is bounded; together
 * they would fill the memory all the same, because there may be some ten thousand connections.
 *
 * Whoever holds most makes room: those who come later must not be the ones to be cut.
 */

/** What they may cost together, in bytes. */
export const MAX_WAITING_COST = 67_108_864;

/** Shares by the bits of their cost: those of the last one hold most, within a factor of two. */
const CLASSES = 33;

/** A part of what a connection keeps. */
export interface Holder {
  /** About the bytes of memory that it takes. */
  readonly cost: number;
  /** Makes room, if only a little. Called where it costs anything. */
  letGo(): unknown;
}

export class Waiting {
  /** In each, who came to it first stands first. Whoever holds nothing stands in none. */
  readonly #classes = Array.from({ length: CLASSES }, () => new ShareList());
  #cost = 0;
  #isMakingRoom = false;

  get cost(): number {
    return this.#cost;
  }

  /** A new share, which keeps nothing yet. `letGo` must make it smaller; called where it costs anything. */
  share(letGo: () => void): Share {
    return new Share(this, letGo);
  }

  /** The cost of a share changed. Where all together cost too much now, the largest are made smaller. */
  changed(share: Share, before: number, after: number): void {
    this.#cost += after - before;
    const [from, to] = [classOf(before), classOf(after)];
    if (from !== to) {
      if (before > 0) this.#classes[from]?.delete(share);
      if (after > 0) this.#classes[to]?.append(share);
    }
    if (this.#cost > MAX_WAITING_COST && !this.#isMakingRoom) this.#makeRoom();
  }

  #makeRoom(): void {
    this.#isMakingRoom = true;
    while (this.#cost > MAX_WAITING_COST) this.#largest()?.letGo();
    this.#isMakingRoom = false;
  }

  #largest(): Share | undefined {
    return this.#classes.findLast(({ first }) => first !== undefined)?.first;
  }
}

/** What one connection keeps. */
export class Share implements Holder {
  readonly #waiting: Waiting;
  readonly letGo: () => void;
  /** Beside it in the list that it stands in. */
  before: Share | undefined = undefined;
  behind: Share | undefined = undefined;
  #cost = 0;

  constructor(waiting: Waiting, letGo: () => void) {
    this.#waiting = waiting;
    this.letGo = letGo;
  }

  get cost(): number {
    return this.#cost;
  }

  /**
   * Counts what was added or taken away. Whatever the connection keeps may be let go before this
   * returns, so call it last, and look again.
   */
  change(by: number): void {
    if (by === 0) return;
    const before = this.#cost;
    this.#cost += by;
    this.#waiting.changed(this, before, this.#cost);
  }
}

/** Linked through the shares themselves: with each write of a plant one comes and goes. */
class ShareList {
  first: Share | undefined = undefined;
  #last: Share | undefined = undefined;

  append(share: Share): void {
    share.before = this.#last;
    share.behind = undefined;
    if (this.#last === undefined) this.first = share;
    else this.#last.behind = share;
    this.#last = share;
  }

  /** INVARIANT: it stands in this list. */
  delete(share: Share): void {
    const { before, behind } = share;
    if (before === undefined) this.first = behind;
    else before.behind = behind;
    if (behind === undefined) this.#last = before;
    else behind.before = before;
    share.before = undefined;
    share.behind = undefined;
  }
}

const classOf = (cost: number): number => 32 - Math.clz32(cost);
