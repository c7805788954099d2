/**
 * The items of a subscription as a CreateMonitoredItems lists them, and the numbers that the server gives
 * them. They are read beside the tree, which has no room for the thousands that a client may watch.
 * OPC 10000-4, 5.13.2.
 */
import { MAX_NODES } from '#sensor/model/bounds.ts';
import type { BinaryReader } from './binary.ts';
import type { MonitoredNode, RequestBody } from './body.ts';
import type { Structure } from './datum.ts';
import { readNodeId } from './node-id.ts';
import { isBad } from './status-codes.ts';
import { skipExtensionObject } from './structures.ts';

/** Items of one request that are remembered; most servers take no more at once (MaxMonitoredItemsPerCall). */
const MAX_ITEMS = 10_000;

/** Bytes of memory of one. */
const ITEM_COST = 300;

/** What the items of a request take beside all else that is read of it (`readCost` of pending.ts). */
export const itemsCost = (body: RequestBody): number =>
  body.kind === 'monitor' ? body.items.length * ITEM_COST : 0;

/** Node, attribute, range, encoding, mode, handle, interval, filter, queue size, what is discarded. */
const LEAST_ITEM = 42;

/** Status, number, interval, queue size, result of the filter. */
const LEAST_RESULT = 23;

export interface ItemList {
  /** Up to the first that could not be read. */
  readonly items: readonly MonitoredNode[];
  readonly count: number;
}

/** `reader` stands behind the header of a request, and is of nobody else. */
export function readItems(reader: BinaryReader): ItemList {
  reader.take(8);
  const count = reader.count(LEAST_ITEM);
  const items: MonitoredNode[] = [];
  for (let i = 0; i < Math.min(count, MAX_ITEMS); i++) {
    const item = readItem(reader);
    if (reader.fault !== undefined) break;
    items.push(item);
  }
  return { items, count };
}

function readItem(reader: BinaryReader): MonitoredNode {
  const node = readNodeId(reader);
  const attribute = reader.uint32();
  const isPart = reader.skipText();
  reader.take(2);
  reader.skipText();
  reader.take(4);
  const clientHandle = reader.uint32();
  reader.take(8);
  skipExtensionObject(reader);
  reader.take(5);
  const item = { node, attribute, clientHandle };
  return isPart ? { ...item, isPart } : item;
}

/** Where something could not be read, nobody knows that there is no more. */
export function monitorBody(
  { items, count }: ItemList,
  parameters: Structure,
  isWhole: boolean,
): RequestBody {
  const nodes = items.slice(0, MAX_NODES);
  const more = Math.max(count - nodes.length, isWhole ? 0 : 1);
  return { kind: 'monitor', nodes, items, more, parameters };
}

/** `reader` stands behind the header of a response. 0 where the server refused an item. */
export function readItemNumbers(reader: BinaryReader): readonly number[] {
  const count = reader.count(LEAST_RESULT);
  const numbers: number[] = [];
  for (let i = 0; i < Math.min(count, MAX_ITEMS); i++) {
    const status = reader.uint32();
    const number = reader.uint32();
    reader.take(12);
    skipExtensionObject(reader);
    if (reader.fault !== undefined) break;
    numbers.push(isBad(status) ? 0 : number);
  }
  return numbers;
}
