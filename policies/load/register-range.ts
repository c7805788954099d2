/** Register names to addresses, by the register maps of the assets that a line is about. */
import type { ModbusTable } from '#sensor/model/operation.ts';
import { type Asset, type ModbusAllowance, REGISTER_WIDTH, type Register } from '../plant.ts';
import { short } from './read.ts';
import { type Cause, type Item, inside, partOf, type Reading } from './reading.ts';
import type { AddressRange } from './scalar.ts';
import { didYouMean } from './suggest.ts';

export interface NamedRange {
  readonly table: ModbusTable;
  readonly addresses: readonly AddressRange[];
  /** What may be written, as unsigned 16 bit; absent = the map names no limits. */
  readonly limits?: NonNullable<ModbusAllowance['value']>;
}

interface Name {
  readonly item: Item;
  readonly name: string;
}

interface About {
  readonly reading: Reading;
  readonly targets: readonly Asset[];
  /** Only what is written has limits. */
  readonly writes: boolean;
  /** The line itself bounds the value. */
  readonly bounded: boolean;
}

/** Ranges by table and limits; neighbours become one range, so that they can be read together. */
export function registerRanges(names: readonly Name[], about: About): readonly NamedRange[] {
  const groups = new Map<string, { range: NamedRange; parts: AddressRange[] }>();
  for (const name of names) {
    const register = find(name, about);
    const limits = register && limitsOf(name, register, about);
    if (register === undefined || limits === undefined) continue;
    const { table, address, type } = register;
    const key = JSON.stringify([table, limits]);
    const part = { first: address, last: address + REGISTER_WIDTH[type] - 1 };
    const group = groups.get(key);
    if (group !== undefined) group.parts.push(part);
    else {
      const hasLimits = limits.min !== undefined || limits.max !== undefined;
      const range = { table, addresses: [], ...(hasLimits && { limits }) };
      groups.set(key, { range, parts: [part] });
    }
  }
  return [...groups.values()].map(({ range, parts }) => ({ ...range, addresses: joined(parts) }));
}

function joined(parts: readonly AddressRange[]): readonly AddressRange[] {
  const ranges: AddressRange[] = [];
  for (const part of [...parts].sort((a, b) => a.first - b.first)) {
    const last = ranges.at(-1);
    if (last !== undefined && part.first <= last.last + 1) {
      ranges[ranges.length - 1] = { first: last.first, last: Math.max(last.last, part.last) };
    } else ranges.push(part);
  }
  return ranges;
}

/** The register, if every asset that speaks Modbus has it and all mean the same by it. */
function find({ item, name }: Name, { reading, targets }: About): Register | undefined {
  const speaking = targets.filter(({ modbus }) => modbus !== undefined);
  const known = speaking.flatMap(({ registers }) => registers.map((each) => each.name));
  const found = speaking.map(({ registers }) => registers.find((each) => each.name === name));
  const [first] = found;
  if (!known.includes(name)) {
    const message = `no register \`${short(name)}\` in the map of what this is about`;
    reading.faultUnless(unreadMap(item), item, message, didYouMean(name, known));
    return undefined;
  }
  const same = found.every(
    (each) =>
      each !== undefined &&
      first !== undefined &&
      each.table === first.table &&
      each.address === first.address &&
      each.type === first.type &&
      each.min === first.min &&
      each.max === first.max,
  );
  if (!same) {
    const ids = speaking.map(({ id }) => id).join(', ');
    const message = `register \`${name}\` is not the same on all of ${ids}: name one asset, or write table and range`;
    reading.faultUnless(unreadMap(item), item, message);
    return undefined;
  }
  return first;
}

/** The register maps, or what the entry that names a register is about. */
function unreadMap({ path }: Item): Cause {
  const maps = partOf('assets', 'registers', 'modbus');
  const target = inside(`${path.split('.', 1)[0]}.to`);
  return (other) => maps(other) || target(other);
}

/** Limits as the wire knows them. A register of two words has none that one word could be held to. */
function limitsOf(
  { item, name }: Name,
  { type, min, max }: Register,
  { reading, writes, bounded }: About,
): NamedRange['limits'] | undefined {
  if (!writes) return {};
  const isWide = REGISTER_WIDTH[type] > 1;
  if (isWide && (bounded || min !== undefined || max !== undefined)) {
    const how = bounded ? 'leave `value` out' : 'write table and range instead';
    const message = `limits of \`${name}\` (${type}) cannot be decided on single words: ${how}`;
    reading.fault(item, message);
    return undefined;
  }
  if (bounded) return {};
  if (type === 'int16' && (min ?? -1) < 0 && (min !== undefined || max !== undefined)) {
    const message = `limits of \`${name}\` (${type}) reach below 0, where words wrap: write table, range and value instead`;
    reading.fault(item, message);
    return undefined;
  }
  return { ...(min !== undefined && { min }), ...(max !== undefined && { max }) };
}
