/** What is written in another way in the new policy, field by field: everything that is not said by what passes. */
import type {
  AccessEntry,
  Allowance,
  Asset,
  Conduit,
  Person,
  Plant,
  Register,
  RoleAssignment,
  SourceRef,
  Vendor,
  Zone,
} from '../plant.ts';
import { describeWindows } from '../window-words.ts';
import { describeAllowance } from '../words.ts';
import type { SettingChange } from './change.ts';
import { describeDuration } from './duration-words.ts';

interface Entry {
  readonly id: string;
  readonly at: SourceRef;
}

/** Undefined or empty = nothing. */
type Said = string | readonly string[] | undefined;

/** Names of fields as the language has them, with what each says in words. */
type Fields<Of> = Readonly<Record<string, (of: Of) => Said>>;

const lines = (allow: readonly Allowance[]): readonly string[] => allow.map(describeAllowance);
const role = ({ role: name, zone }: RoleAssignment): string =>
  zone === undefined ? name : `${name}@${zone}`;

const ZONE: Fields<Zone> = {
  name: ({ name }) => name,
  purdue: ({ purdue }) => `${purdue}`,
  sl_t: ({ securityLevel }) => `${securityLevel}`,
  cidrs: ({ cidrs }) => cidrs,
  parent: ({ parent }) => parent,
  safety: ({ safety }) => (safety ? 'true' : undefined),
  allow: ({ allow }) => lines(allow),
  owner: ({ owner }) => owner,
  criticality: ({ criticality }) => criticality,
};

const ASSET: Fields<Asset> = {
  name: ({ name }) => name,
  zone: ({ zone }) => zone,
  address: ({ address }) => address,
  modbus: ({ modbus }) => modbus && `port ${modbus.port}, units ${modbus.units.join(', ')}`,
  opcua: ({ opcua }) => opcua && `port ${opcua.port}, ${opcua.applicationUri}`,
  tags: ({ tags }) => tags,
  criticality: ({ criticality }) => criticality,
  registers: ({ registers }) => registers.map(register),
};

const register = ({ name, table, address, type, wordOrder, unit, min, max }: Register): string =>
  [
    name,
    table,
    address,
    type,
    wordOrder,
    unit,
    min !== undefined && `min ${min}`,
    max !== undefined && `max ${max}`,
  ]
    .filter((part) => part !== undefined && part !== false)
    .join(' ');

const VENDOR: Fields<Vendor> = { name: ({ name }) => name };

const PERSON: Fields<Person> = {
  name: ({ name }) => name,
  company: ({ company }) => company,
  roles: ({ roles }) => roles.map(role),
  subject: ({ subject }) => subject,
  same_as: ({ sameAs }) => sameAs,
};

const CONDUIT: Fields<Conduit> = {
  from: ({ from }) => from,
  to: ({ to }) => to,
  via: ({ via }) => via,
  allow: ({ allow }) => lines(allow),
  on_recording_failure: ({ onRecordingFailure }) => onRecordingFailure,
  why: ({ why }) => why,
};

const ACCESS: Fields<AccessEntry> = {
  vendor: ({ vendor }) => vendor,
  to: ({ targets }) => targets,
  may_request: ({ mayRequest }) => lines(mayRequest),
  'approve.quorum': ({ approve }) => `${approve.quorum}`,
  'approve.from': ({ approve }) => approve.from.map(role),
  'limits.max': ({ limits }) => describeDuration(limits.max),
  'limits.idle': ({ limits }) => describeDuration(limits.idle),
  'limits.sessions': ({ limits }) => `${limits.sessions}`,
  'limits.read_grace': ({ limits }) => describeDuration(limits.readGrace),
  windows: ({ windows }) => describeWindows(windows),
  why: ({ why }) => why,
};

/** In the order of a policy. */
export function compareSettings(before: Plant, after: Plant): readonly SettingChange[] {
  const byId = <Of extends Entry>(all: readonly Of[]): ReadonlyMap<string, Of> =>
    new Map(all.map((each) => [each.id, each]));
  return [
    ...site(before, after),
    ...compare('zone', ZONE, before.zones, after.zones),
    ...compare('asset', ASSET, before.assets, after.assets),
    ...compare('vendor', VENDOR, before.vendors, after.vendors),
    ...compare('person', PERSON, before.people, after.people),
    ...compare('conduit', CONDUIT, byId(before.conduits), byId(after.conduits)),
    ...compare('access', ACCESS, before.access, after.access),
  ];
}

function site(before: Plant, after: Plant): readonly SettingChange[] {
  const fields: Fields<Plant> = {
    'site.name': (plant) => plant.site.name,
    'site.time_zone': (plant) => plant.site.timeZone,
    gates: ({ gates }) => gates,
  };
  return changed(fields, before, after).map((change) => ({ subject: 'plant', ...change }));
}

function compare<Of extends Entry>(
  noun: string,
  fields: Fields<Of>,
  before: ReadonlyMap<string, Of>,
  after: ReadonlyMap<string, Of>,
): readonly SettingChange[] {
  const ids = new Set([...after.keys(), ...before.keys()]);
  return [...ids].flatMap((id): readonly SettingChange[] => {
    const [was, is] = [before.get(id), after.get(id)];
    const subject = `${noun} ${id}`;
    if (is === undefined)
      return was === undefined ? [] : [{ subject, before: 'there', at: was.at }];
    if (was === undefined) return [{ subject, after: 'there', at: is.at }];
    return changed(fields, was, is).map((change) => ({ subject, ...change, at: is.at }));
  });
}

function changed<Of>(
  fields: Fields<Of>,
  before: Of,
  after: Of,
): readonly Omit<SettingChange, 'subject'>[] {
  return Object.entries(fields).flatMap(([field, say]) => {
    const [was, is] = [listOf(say(before)), listOf(say(after))];
    const gone = was.filter((each) => !is.includes(each)).join('; ');
    const come = is.filter((each) => !was.includes(each)).join('; ');
    if (gone === '' && come === '') return [];
    return [{ field, ...(gone !== '' && { before: gone }), ...(come !== '' && { after: come }) }];
  });
}

const listOf = (said: Said): readonly string[] =>
  typeof said === 'string' ? [said] : (said ?? []);
