/** Conduits, access entries and tests: what may pass. */
import type {
  AccessEntry,
  Asset,
  Conduit,
  Person,
  PolicyTest,
  RoleAssignment,
  Vendor,
  Window,
} from '../plant.ts';
import { parseStatement } from '../statement.ts';
import { zonesAround } from '../zones.ts';
import { allowances } from './allowance.ts';
import type { ZoneDraft } from './places.ts';
import {
  type Fields,
  fields,
  integer,
  list,
  newId,
  oneOf,
  reference,
  text,
  unknownId,
  word,
} from './read.ts';
import { type Item, partOf, type Reading } from './reading.ts';
import { duration, role } from './scalar.ts';
import { readWindow } from './window.ts';

const MAX_QUORUM = 10;
const MAX_SESSIONS = 16;
const MAX_WINDOWS = 32;
const MAX_STATEMENTS = 200;
const MICROS_PER_MINUTE = 60_000_000;

/** What the later sections may name. */
export interface Known {
  readonly zones: ReadonlyMap<string, ZoneDraft>;
  readonly assets: ReadonlyMap<string, Asset>;
  readonly vendors: ReadonlyMap<string, Vendor>;
  readonly people: ReadonlyMap<string, Person>;
  readonly timeZone: string;
}

/** Answers which assets a zone or asset id means; those of zones inside a zone too. Built once, because each conduit asks. */
export function assetsBy(known: Pick<Known, 'zones' | 'assets'>): (id: string) => readonly Asset[] {
  const zones = new Map([...known.zones].map(([zone, draft]) => [zone, draft.zone]));
  const found = new Map<string, Asset[]>();
  for (const asset of known.assets.values()) {
    for (const id of [asset.id, ...zonesAround({ zones }, asset.zone)]) {
      const own = found.get(id);
      if (own === undefined) found.set(id, [asset]);
      else own.push(asset);
    }
  }
  return (id) => found.get(id) ?? [];
}

const places = ({ zones, assets }: Known): ReadonlyMap<string, unknown> =>
  new Map<string, unknown>([...zones, ...assets]);

/** Rules with an id of their own; the first of two with the same id is kept. */
function rules(
  reading: Reading,
  section: Item | undefined,
  keys: { readonly known: readonly string[]; readonly required: readonly string[] },
): readonly { readonly id: string; readonly item: Item; readonly found: Fields }[] {
  const seen = new Set<string>();
  return list(reading, section).flatMap((item) => {
    const found = fields(reading, item, ['id', ...keys.known], ['id', ...keys.required]);
    const id = newId(reading, found?.get('id'));
    if (found === undefined) return [];
    if (id !== undefined && seen.has(id)) {
      reading.fault(found.get('id') ?? item, `id \`${id}\` is taken: every rule has its own`);
    }
    seen.add(id ?? '');
    return [{ id: id ?? '', item, found }];
  });
}

export function readConduits(
  reading: Reading,
  section: Item | undefined,
  known: Known,
): readonly Conduit[] {
  const required = ['from', 'to', 'via', 'allow', 'why'];
  const keys = { known: [...required, 'on_recording_failure'], required };
  const [ends, assetsAt] = [places(known), assetsBy(known)];
  return rules(reading, section, keys).map(({ id, item, found }): Conduit => {
    const from = reference(reading, found.get('from'), 'zone or asset', ends) ?? '';
    const to = reference(reading, found.get('to'), 'zone or asset', ends) ?? '';
    return {
      id,
      from,
      to,
      via: oneOf(reading, found.get('via'), ['direct', 'gate']) ?? 'gate',
      allow: allowances(reading, found.get('allow'), assetsAt(to)),
      onRecordingFailure:
        oneOf(reading, found.get('on_recording_failure'), [
          'stop-writes',
          'stop-session',
          'continue',
        ]) ?? 'stop-writes',
      why: text(reading, found.get('why')) ?? '',
      at: reading.refOf(item),
    };
  });
}

export function readAccess(
  reading: Reading,
  section: Item | undefined,
  known: Known,
): ReadonlyMap<string, AccessEntry> {
  const required = ['vendor', 'to', 'may_request', 'approve', 'limits', 'why'];
  const keys = { known: [...required, 'windows'], required };
  const read = rules(reading, section, keys).map(({ id, item, found }): AccessEntry => {
    const targets = readTargets(reading, found.get('to'), known);
    const windows = list(reading, found.get('windows'), { min: 1, max: MAX_WINDOWS });
    return {
      id,
      vendor: reference(reading, found.get('vendor'), 'vendor', known.vendors) ?? '',
      targets: targets.map((asset) => asset.id),
      mayRequest: allowances(reading, found.get('may_request'), targets),
      approve: readApprove(reading, found.get('approve'), known),
      limits: readLimits(reading, found.get('limits')),
      windows: windows.flatMap((each): readonly Window[] =>
        readWindow(reading, each, known.timeZone),
      ),
      why: text(reading, found.get('why')) ?? '',
      at: reading.refOf(item),
    };
  });
  return new Map(read.map((entry) => [entry.id, entry]));
}

/** `[plc-12]`, or `{ tags: [press] }`: assets that carry all of the tags. */
function readTargets(
  reading: Reading,
  item: Item | undefined,
  { assets }: Known,
): readonly Asset[] {
  if (item === undefined) return [];
  const { node } = item;
  if (node !== null && 'items' in node && !('flow' in node && node.items.length === 0)) {
    const first: unknown = node.items[0];
    if (typeof first === 'object' && first !== null && 'key' in first) {
      return taggedAssets(reading, item, assets);
    }
  }
  return list(reading, item, { min: 1, orOne: true }).flatMap((each) => {
    const id = reference(reading, each, 'asset', assets);
    const asset = id === undefined ? undefined : assets.get(id);
    return asset === undefined ? [] : [asset];
  });
}

function taggedAssets(
  reading: Reading,
  item: Item,
  assets: ReadonlyMap<string, Asset>,
): readonly Asset[] {
  const found = fields(reading, item, ['tags'], ['tags']);
  const known = new Map([...assets.values()].flatMap(({ tags }) => tags.map((tag) => [tag, tag])));
  const tags = list(reading, found?.get('tags'), { min: 1, orOne: true }).flatMap(
    (each) => reference(reading, each, 'tag', known) ?? [],
  );
  const carrying = [...assets.values()].filter((asset) =>
    tags.every((tag) => asset.tags.includes(tag)),
  );
  if (tags.length > 0 && carrying.length === 0) {
    reading.faultUnless(partOf('assets', 'tags'), item, `no asset carries ${tags.join(' and ')}`);
  }
  return tags.length === 0 ? [] : carrying;
}

function readApprove(
  reading: Reading,
  item: Item | undefined,
  { zones }: Known,
): AccessEntry['approve'] {
  const found = item && fields(reading, item, ['quorum', 'from'], ['quorum', 'from']);
  const quorum = integer(reading, found?.get('quorum'), { min: 1, max: MAX_QUORUM }) ?? MAX_QUORUM;
  const members = list(reading, found?.get('from'), { min: 1, max: 32, orOne: true });
  const from = members.flatMap((each): RoleAssignment[] => {
    const named = role(reading, each, zones);
    if (named === undefined) return [];
    if (named.role !== 'approver' && named.role !== 'security') {
      reading.fault(each, `role \`${named.role}\` does not approve: approver@ZONE and security do`);
    }
    return [named];
  });
  return { quorum, from };
}

function readLimits(reading: Reading, item: Item | undefined): AccessEntry['limits'] {
  const keys = ['max', 'idle', 'sessions', 'read_grace'];
  const found = item && fields(reading, item, keys, ['max']);
  const max = duration(reading, found?.get('max'), { maxDays: 31 }) ?? MICROS_PER_MINUTE;
  const idle = duration(reading, found?.get('idle'), { maxDays: 1 });
  const grace = duration(reading, found?.get('read_grace'), { min: 0, maxDays: 1 });
  return {
    max,
    idle: idle ?? Math.min(max, 10 * MICROS_PER_MINUTE),
    sessions: integer(reading, found?.get('sessions'), { min: 1, max: MAX_SESSIONS }) ?? 1,
    readGrace: grace ?? 0,
  };
}

export function readTests(
  reading: Reading,
  section: Item | undefined,
  known: Known & { readonly access: ReadonlyMap<string, AccessEntry> },
): readonly PolicyTest[] {
  return list(reading, section).flatMap((item): PolicyTest[] => {
    const keys = ['as', 'grant', 'on', 'allow', 'deny'];
    const found = fields(reading, item, keys, ['as', 'on']);
    if (found === undefined) return [];
    const as = readParty(reading, found.get('as'), { any: true, vendors: known.vendors, known });
    const on = readParty(reading, found.get('on'), { any: false, known });
    const grant = reference(reading, found.get('grant'), 'access entry', known.access);
    const allow = statements(reading, found.get('allow'));
    const deny = statements(reading, found.get('deny'));
    if (!found.has('allow') && !found.has('deny')) {
      reading.fault(item, 'says neither `allow` nor `deny`: what must hold?');
    }
    const vendor = grant === undefined ? undefined : known.access.get(grant)?.vendor;
    // Where either could not be read, that is the fault.
    if (vendor && as !== undefined && as !== `vendor:${vendor}`) {
      reading.fault(found.get('as') ?? item, `entry \`${grant}\` is for vendor:${vendor} only`);
    }
    return as === undefined || on === undefined
      ? []
      : [
          {
            as,
            ...(grant !== undefined && { grant }),
            on,
            allow,
            deny,
            at: reading.refOf(item),
          },
        ];
  });
}

function statements(reading: Reading, item: Item | undefined): readonly string[] {
  return list(reading, item, { min: 1, max: MAX_STATEMENTS, orOne: true }).flatMap((each) => {
    const said = word(reading, each, 'a statement such as `modbus fc3 0+10`');
    const parsed = said === undefined ? undefined : parseStatement(said);
    if (parsed?.kind === 'fault') reading.fault(each, parsed.message);
    return said === undefined ? [] : [said];
  });
}

/** `vendor:acme`, `zone:it`, `asset:hmi-1`, `any`; an id alone is an asset. Written back with its kind. */
function readParty(
  reading: Reading,
  item: Item | undefined,
  about: {
    readonly any: boolean;
    readonly vendors?: ReadonlyMap<string, Vendor>;
    readonly known: Known;
  },
): string | undefined {
  const value = word(reading, item, 'who');
  if (item === undefined || value === undefined) return undefined;
  if (about.any && value === 'any') return value;
  const { zones, assets } = about.known;
  const kinds = new Map<'zone' | 'asset' | 'vendor', ReadonlyMap<string, unknown>>([
    ['zone', zones],
    ['asset', assets],
    ...(about.vendors === undefined ? [] : [['vendor', about.vendors] as const]),
  ]);
  const [said, id] = value.includes(':') ? value.split(':', 2) : ['asset', value];
  const kind = [...kinds.keys()].find((each) => each === said);
  const ids = kind && kinds.get(kind);
  if (kind === undefined || ids === undefined || id === undefined) {
    const forms = [...(about.any ? ['any'] : []), ...[...kinds.keys()].map((each) => `${each}:ID`)];
    reading.fault(item, `\`${value.slice(0, 64)}\` is none of ${forms.join(', ')}`);
    return undefined;
  }
  if (!ids.has(id)) {
    unknownId(reading, item, { noun: kind, id, known: ids.keys() });
    return undefined;
  }
  return `${kind}:${id}`;
}
