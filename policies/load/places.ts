/** Zones and assets: where things stand in the plant. */
import { overlap, parseIp, parsePrefix } from '../address.ts';
import {
  type Asset,
  type Criticality,
  REGISTER_WIDTH,
  type Register,
  type Zone,
} from '../plant.ts';
import { PrefixTable } from '../prefix-table.ts';
import { zonesAround } from '../zones.ts';
import { TABLES } from './allowance.ts';
import {
  entries,
  type Fields,
  fields,
  flag,
  integer,
  list,
  newId,
  numeric,
  oneOf,
  reference,
  text,
} from './read.ts';
import { type Item, partOf, type Reading } from './reading.ts';
import { cidr, ipAddress } from './scalar.ts';

export const CRITICALITIES: readonly Criticality[] = ['low', 'medium', 'high'];
const MAX_PREFIXES = 64;
const MAX_TAGS = 32;
const MAX_PORT = 65_535;
const LAST_ADDRESS = 65_535;

/** Purdue levels: 0..5, and 3.5 for the industrial DMZ. */
const LEVELS: readonly number[] = [0, 1, 2, 3, 3.5, 4, 5];

export interface ZoneDraft {
  readonly zone: Zone;
  readonly item: Item;
  /** Read later, when the register maps of its assets are known. */
  readonly allow: Item | undefined;
  readonly cidrs: readonly Item[];
}

/** Zones without their `allow`, which may name registers. Ids are known even where a zone has faults. */
export function readZones(
  reading: Reading,
  section: Item | undefined,
): ReadonlyMap<string, ZoneDraft> {
  const found = entries(reading, section);
  const ids = new Map(found.map(({ id, value }) => [id, value]));
  const drafts = new Map(
    found.map(({ id, keyItem, value }) => [id, readZone(reading, id, { keyItem, value, ids })]),
  );
  checkParents(reading, drafts);
  checkOverlaps(reading, drafts);
  return drafts;
}

function readZone(
  reading: Reading,
  id: string,
  about: {
    readonly keyItem: Item;
    readonly value: Item;
    readonly ids: ReadonlyMap<string, Item>;
  },
): ZoneDraft {
  const { keyItem, value, ids } = about;
  const keys = ['name', 'purdue', 'sl_t', 'cidrs', 'parent', 'safety', 'allow', 'owner'];
  const found: Fields =
    fields(reading, value, [...keys, 'criticality'], ['purdue', 'cidrs']) ?? new Map();
  const cidrs = list(reading, found.get('cidrs'), { max: MAX_PREFIXES });
  const safety = flag(reading, found.get('safety')) ?? false;
  const allow = found.get('allow');
  if (allow !== undefined && !safety) {
    reading.fault(allow, '`allow` belongs to safety zones: elsewhere conduits say what may pass');
  }
  const parent = reference(reading, found.get('parent'), 'zone', ids);
  const owner = text(reading, found.get('owner'));
  return {
    item: keyItem,
    allow,
    cidrs,
    zone: {
      id,
      name: text(reading, found.get('name')) ?? id,
      purdue: level(reading, found.get('purdue')) ?? 0,
      securityLevel: integer(reading, found.get('sl_t'), { min: 0, max: 4 }) ?? 0,
      cidrs: cidrs.flatMap((each) => cidr(reading, each) ?? []),
      ...(parent !== undefined && { parent }),
      safety,
      allow: [],
      ...(owner !== undefined && { owner }),
      criticality: oneOf(reading, found.get('criticality'), CRITICALITIES) ?? 'medium',
      at: reading.refOf(keyItem),
    },
  };
}

function level(reading: Reading, item: Item | undefined): number | undefined {
  const value = numeric(reading, item, 'a Purdue level');
  if (item === undefined || value === undefined || LEVELS.includes(value)) return value;
  reading.fault(item, `\`${value}\` is no Purdue level: ${LEVELS.join(', ')}`);
  return undefined;
}

/** A zone cannot lie in itself. */
function checkParents(reading: Reading, drafts: ReadonlyMap<string, ZoneDraft>): void {
  const zones = zonesOf(drafts);
  for (const { zone, item } of drafts.values()) {
    const last = zonesAround({ zones }, zone.id).at(-1);
    if (last !== undefined && zones.get(last)?.parent !== undefined) {
      reading.fault(item, `zone \`${zone.id}\` lies in itself by its parents`);
    }
  }
}

const zonesOf = (drafts: ReadonlyMap<string, ZoneDraft>): ReadonlyMap<string, Zone> =>
  new Map([...drafts].map(([id, { zone }]) => [id, zone]));

/** Prefixes may overlap only where one zone lies in the other, and then the inner one is narrower. */
function checkOverlaps(reading: Reading, drafts: ReadonlyMap<string, ZoneDraft>): void {
  const zones = zonesOf(drafts);
  const all = [...drafts.values()].flatMap(({ zone, cidrs }) =>
    zone.cidrs.flatMap((text, index) => {
      const prefix = parsePrefix(text);
      return prefix === undefined ? [] : [{ zone: zone.id, text, prefix, item: cidrs[index] }];
    }),
  );
  for (const [index, one] of all.entries()) {
    for (const other of all.slice(index + 1)) {
      if (!overlap(one.prefix, other.prefix)) continue;
      const [wide, narrow] = one.prefix.length < other.prefix.length ? [one, other] : [other, one];
      const nests =
        wide.prefix.length < narrow.prefix.length &&
        narrow.zone !== wide.zone &&
        zonesAround({ zones }, narrow.zone).includes(wide.zone);
      if (!nests && other.item !== undefined) {
        const message = `${other.text} overlaps ${one.text} of zone \`${one.zone}\`: an address lies in one zone, unless one is the parent of the other and wider`;
        // A zone whose parent is not known may lie in the other.
        reading.faultUnless(partOf('zones', 'parent'), other.item, message);
      }
    }
  }
}

export function readAssets(
  reading: Reading,
  section: Item | undefined,
  zones: ReadonlyMap<string, ZoneDraft>,
): ReadonlyMap<string, Asset> {
  const assets = new Map<string, Asset>();
  const taken = new Map<string, string>();
  const prefixes = prefixesOf(zones);
  for (const { id, keyItem, value } of entries(reading, section)) {
    if (zones.has(id)) {
      // Conduits name zones and assets alike.
      reading.fault(keyItem, `\`${id}\` is a zone and an asset: give one another id`);
    }
    const required = ['zone', 'address'];
    const keys = ['name', ...required, 'modbus', 'opcua', 'tags', 'criticality', 'registers'];
    const found: Fields = fields(reading, value, keys, required) ?? new Map();
    const zone = reference(reading, found.get('zone'), 'zone', zones);
    const address = ipAddress(reading, found.get('address'));
    const modbus = readModbus(reading, found.get('modbus'));
    const opcua = readOpcua(reading, found.get('opcua'));
    const tags = list(reading, found.get('tags'), { max: MAX_TAGS, orOne: true });
    if (zone !== undefined && address !== undefined) {
      checkAddress(reading, found.get('address') ?? value, { zone, address, zones, prefixes });
      const owner = taken.get(address);
      if (owner !== undefined) {
        const message = `address ${address} is that of asset \`${owner}\` already`;
        reading.fault(found.get('address') ?? value, message);
      }
      taken.set(address, id);
    }
    assets.set(id, {
      id,
      name: text(reading, found.get('name')) ?? id,
      zone: zone ?? '',
      address: address ?? '',
      ...(modbus !== undefined && { modbus }),
      ...(opcua !== undefined && { opcua }),
      tags: tags.flatMap((each) => newId(reading, each) ?? []),
      criticality: oneOf(reading, found.get('criticality'), CRITICALITIES) ?? 'medium',
      registers: readRegisters(reading, found.get('registers')),
      at: reading.refOf(keyItem),
    });
  }
  return assets;
}

type Prefixes = PrefixTable<{ readonly id: string; readonly prefixText: string }>;

function prefixesOf(zones: ReadonlyMap<string, ZoneDraft>): Prefixes {
  const table: Prefixes = new PrefixTable();
  for (const { zone } of zones.values()) {
    for (const prefixText of zone.cidrs) {
      const prefix = parsePrefix(prefixText);
      if (prefix !== undefined) table.add(prefix, { id: zone.id, prefixText });
    }
  }
  return table;
}

/** The longest prefix that holds an address must be one of the zone that the asset names. */
function checkAddress(
  reading: Reading,
  item: Item,
  about: {
    readonly zone: string;
    readonly address: string;
    readonly zones: ReadonlyMap<string, ZoneDraft>;
    readonly prefixes: Prefixes;
  },
): void {
  const { zone, address, zones, prefixes } = about;
  const ip = parseIp(address);
  if (ip === undefined) return;
  const nearest = prefixes.longest(ip);
  if (nearest?.id === zone) return;
  const where =
    nearest === undefined
      ? 'it lies in no zone'
      : `it lies in zone \`${nearest.id}\` (${nearest.prefixText})`;
  const cidrs = zones.get(zone)?.zone.cidrs.join(', ') ?? '';
  const message = `address ${address} is outside zone \`${zone}\` (${cidrs}): ${where}`;
  reading.faultUnless(partOf('zones', 'cidrs'), item, message);
}

function readModbus(reading: Reading, item: Item | undefined): Asset['modbus'] {
  const found = item && fields(reading, item, ['port', 'units'], ['units']);
  if (found === undefined) return undefined;
  // 502 is the registered port. MODBUS Messaging on TCP/IP V1.0b, 3.1.3.
  const port = found.has('port') ? readPort(reading, found.get('port')) : 502;
  const units = list(reading, found.get('units'), { min: 1, max: 256, orOne: true }).flatMap(
    (each) => integer(reading, each, { min: 0, max: 255 }) ?? [],
  );
  return port === undefined ? undefined : { port, units };
}

function readOpcua(reading: Reading, item: Item | undefined): Asset['opcua'] {
  const keys = ['port', 'application_uri'];
  const found = item && fields(reading, item, keys, ['application_uri']);
  if (found === undefined) return undefined;
  // 4840 is the registered port. OPC 10000-6, 7.2.
  const port = found.has('port') ? readPort(reading, found.get('port')) : 4840;
  const applicationUri = text(reading, found.get('application_uri'));
  return port === undefined || applicationUri === undefined ? undefined : { port, applicationUri };
}

const readPort = (reading: Reading, item: Item | undefined): number | undefined =>
  integer(reading, item, { min: 1, max: MAX_PORT });

function readRegisters(reading: Reading, section: Item | undefined): readonly Register[] {
  const taken = new Map<string, string>();
  return entries(reading, section).flatMap(({ id, value }): Register[] => {
    const required = ['table', 'address', 'type'];
    const found = fields(
      reading,
      value,
      [...required, 'word_order', 'unit', 'min', 'max'],
      required,
    );
    const table = oneOf(reading, found?.get('table'), TABLES);
    const type = oneOf(reading, found?.get('type'), [
      'bool',
      'int16',
      'uint16',
      'int32',
      'uint32',
      'float32',
    ]);
    const address = integer(reading, found?.get('address'), { min: 0, max: LAST_ADDRESS });
    const wordOrder = oneOf(reading, found?.get('word_order'), ['high-first', 'low-first']);
    const unit = text(reading, found?.get('unit'));
    const min = numeric(reading, found?.get('min'));
    const max = numeric(reading, found?.get('max'));
    if (min !== undefined && max !== undefined && min > max) {
      reading.fault(value, `no value is at least ${min} and at most ${max}`);
    }
    if (table === undefined || type === undefined || address === undefined) return [];
    const isBit = table === 'coils' || table === 'discrete-inputs';
    if (isBit !== (type === 'bool')) {
      reading.fault(value, `a value in ${table} is ${isBit ? 'bool' : 'not bool'}`);
    }
    if (wordOrder !== undefined && REGISTER_WIDTH[type] === 1) {
      reading.fault(value, `\`word_order\` is for values of two registers, and ${type} has one`);
    }
    for (let at = address; at < address + REGISTER_WIDTH[type]; at += 1) {
      const other = taken.get(`${table} ${at}`);
      if (at > LAST_ADDRESS) reading.fault(value, `reaches behind address ${LAST_ADDRESS}`);
      if (other !== undefined)
        reading.fault(value, `address ${at} is that of \`${other}\` already`);
      taken.set(`${table} ${at}`, id);
    }
    return [
      {
        name: id,
        table,
        address,
        type,
        ...(wordOrder !== undefined && { wordOrder }),
        ...(unit !== undefined && { unit }),
        ...(min !== undefined && { min }),
        ...(max !== undefined && { max }),
      },
    ];
  });
}
