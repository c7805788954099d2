/**
 * What the subscriptions of all servers watch: notifications name no nodes, only handles that the client made
 * up when it created its items. OPC 10000-4, 5.13 and 5.14.
 *
 * A subscription keeps its number when another session takes it over, so nobody has to follow that.
 */
import type { MonitoredNode, NodeAttribute } from './body.ts';

/** Subscriptions remembered; beyond it the oldest is forgotten. */
const MAX_SUBSCRIPTIONS = 4096;

/** Items of all of them, at some 300 bytes each; beyond it the oldest subscription is forgotten. */
const MAX_ITEMS = 65_536;

interface Item extends NodeAttribute {
  readonly item: number;
}

interface Subscription {
  readonly byHandle: Map<number, Item>;
  /** Handle by the number that the server gave. */
  readonly handles: Map<number, number>;
}

export class Subscriptions {
  readonly #all = new Map<string, Subscription>();
  #items = 0;

  /** A server made a new one, which may have the number of an old one. */
  create(server: string, id: number): void {
    this.delete(server, id);
  }

  delete(server: string, id: number): void {
    this.#forget(`${server} ${id}`);
  }

  /** `numbers` are those that the server gave the items, in their order; 0 where it refused one. */
  watch(
    server: string,
    id: number,
    items: readonly MonitoredNode[],
    numbers: readonly number[],
  ): void {
    const subscription = this.#touch(`${server} ${id}`);
    for (const [i, { clientHandle, node, attribute }] of items.entries()) {
      const item = numbers[i] ?? 0;
      if (item === 0 || this.#items === MAX_ITEMS) continue;
      this.#put(subscription, clientHandle, { node, attribute, item });
    }
  }

  /** The client calls an item by another handle from now on. */
  rename(server: string, id: number, item: number, clientHandle: number): void {
    const subscription = this.#all.get(`${server} ${id}`);
    const before = subscription?.handles.get(item);
    const known = before === undefined ? undefined : subscription?.byHandle.get(before);
    if (subscription === undefined || known === undefined || before === clientHandle) return;
    this.#drop(subscription, item);
    this.#put(subscription, clientHandle, known);
  }

  unwatch(server: string, id: number, item: number): void {
    const subscription = this.#all.get(`${server} ${id}`);
    if (subscription !== undefined) this.#drop(subscription, item);
  }

  /** The node that a notification is about; undefined where nobody saw its item made. */
  node(server: string, id: number, clientHandle: number): NodeAttribute | undefined {
    return this.#all.get(`${server} ${id}`)?.byHandle.get(clientHandle);
  }

  #touch(key: string): Subscription {
    const known = this.#all.get(key) ?? { byHandle: new Map(), handles: new Map() };
    this.#all.delete(key);
    this.#all.set(key, known);
    while (this.#all.size > MAX_SUBSCRIPTIONS || this.#items >= MAX_ITEMS) {
      const [oldest] = this.#all.keys();
      if (oldest === undefined || oldest === key) break;
      this.#forget(oldest);
    }
    return known;
  }

  #put(subscription: Subscription, clientHandle: number, item: Item): void {
    const before = subscription.byHandle.get(clientHandle);
    if (before === undefined) this.#items++;
    else subscription.handles.delete(before.item);
    subscription.byHandle.set(clientHandle, item);
    subscription.handles.set(item.item, clientHandle);
  }

  #drop({ byHandle, handles }: Subscription, item: number): void {
    const handle = handles.get(item);
    if (handle === undefined) return;
    handles.delete(item);
    if (byHandle.delete(handle)) this.#items--;
  }

  #forget(key: string): void {
    this.#items -= this.#all.get(key)?.byHandle.size ?? 0;
    this.#all.delete(key);
  }
}
