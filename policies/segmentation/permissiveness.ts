/**
 * How much a conduit says: 1 for one host to another with named objects, near 0 for everybody to everybody. Documented in
 * policies/README.md, because whoever is measured must be able to work it out.
 */
import { CHANGING } from '#sensor/model/operation.ts';
import { parseIp } from '../address.ts';
import type { Allowance, Conduit, Plant } from '../plant.ts';
import { type AddressRange, rangesOf } from '../zone-ranges.ts';

const ALL_BITS = { 4: 32, 6: 128 } as const;
/** What is left of the weight where a line lets something be changed and does not say what. */
const UNRESTRICTED = 0.5;

/** 0 to 1. */
export function weightOf(plant: Plant, conduit: Conduit): number {
  const hosts = 1 - (breadth(plant, conduit.from) + breadth(plant, conduit.to)) / 2;
  return hosts * (isRestricted(conduit) ? 1 : UNRESTRICTED);
}

/** Whether each line that lets something be changed names the objects. */
export const isRestricted = ({ allow }: Conduit): boolean => allow.every(namesObjects);

function namesObjects(line: Allowance): boolean {
  if (!line.operations.some((kind) => CHANGING.has(kind))) return true;
  return line.protocol === 'modbus'
    ? line.addresses !== undefined
    : line.nodes !== undefined || line.methods !== undefined;
}

/** 0 = one address, 1 = all of a family: on a scale of prefixes, so that a network of 256 is a quarter of the way. */
function breadth(plant: Plant, end: string): number {
  const asset = plant.assets.get(end);
  if (asset !== undefined) return parseIp(asset.address) === undefined ? 1 : 0;
  const ranges = rangesOf(plant, end);
  return Math.max(
    0,
    ...([4, 6] as const).map((family) => bitsOf(ranges, family) / ALL_BITS[family]),
  );
}

function bitsOf(ranges: readonly AddressRange[], family: 4 | 6): number {
  const size = ranges
    .filter(({ first }) => first.family === family)
    .reduce((sum, { first, last }) => sum + (last.value - first.value + 1n), 0n);
  return size === 0n ? 0 : Math.log2(Number(size));
}
