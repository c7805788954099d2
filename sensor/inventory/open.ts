/** An inventory with what is asked of it, for `createPipeline` and `AssetBook`. */
import type { HeardHost } from '#sensor/model/inventory.ts';
import { heardHosts } from './hosts.ts';
import { Inventory } from './inventory.ts';
import { Vendors } from './vendors.ts';

export interface OpenInventory {
  readonly inventory: Inventory;
  readonly asked: {
    readonly hosts: (also: ReadonlySet<string>) => Iterable<HeardHost>;
    readonly vendorOf: (mac: string) => string | undefined;
    readonly leftOut: () => number;
    readonly forgotten: () => number;
  };
}

/** `seed`: random number that keeps its tables unpredictable. */
export function openInventory(seed: number): OpenInventory {
  const inventory = new Inventory({ seed });
  const vendors = new Vendors();
  return {
    inventory,
    asked: {
      hosts: (also) => heardHosts(inventory, also),
      vendorOf: (mac) => vendors.of(mac),
      leftOut: () => inventory.addresses.leftOut,
      forgotten: () => inventory.conversations.forgotten,
    },
  };
}
