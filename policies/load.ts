/**
 * A plant policy from YAML: checked and resolved, or every fault of it at once.
 *
 * Nothing in the text can make this throw; what it gives back is believed by the rest of the product.
 * An empty text is a policy that lets nothing pass (`policy lint` says so). The language is described
 * in README.md beside this file.
 */
import { createHash } from 'node:crypto';
import { isMap } from 'yaml';
import { assetsBy, type Known, readAccess, readConduits, readTests } from './load/access.ts';
import { allowances } from './load/allowance.ts';
import { type Opened, openDocument } from './load/document.ts';
import { readPeople, readVendors } from './load/people.ts';
import { readAssets, readZones, type ZoneDraft } from './load/places.ts';
import { type Fields, fields, integer, list, text } from './load/read.ts';
import type { Fault, Item, Reading } from './load/reading.ts';
import { ipAddress, timeZone } from './load/scalar.ts';
import type { Asset, Plant, SourceRef, Zone } from './plant.ts';

export type Loaded =
  | { readonly kind: 'plant'; readonly plant: Plant }
  /** At least one, in the order of the file. */
  | { readonly kind: 'faults'; readonly faults: readonly [Fault, ...Fault[]] };

/** The parts that a policy file has at its top. */
export type Section = (typeof SECTIONS)[number];

const SECTIONS = [
  'version',
  'site',
  'gates',
  'zones',
  'assets',
  'vendors',
  'people',
  'conduits',
  'access',
  'tests',
] as const;

/** Version of the language. */
const LANGUAGE = 1;
const MAX_GATES = 16;

/** `file` is the name that faults and decisions give; nothing is read from disk. */
export function loadPlant(source: string | Uint8Array, file: string): Loaded {
  const { plant, faults } = inspectPlant(source, file);
  const [first, ...more] = faults;
  return first === undefined
    ? { kind: 'plant', plant }
    : { kind: 'faults', faults: [first, ...more] };
}

/** What can be said about a policy that may have faults. Where it has, nothing may be decided by it. */
export interface Inspected {
  /** In the order of the file. */
  readonly faults: readonly Fault[];
  /** Without the entries that have a fault. */
  readonly plant: Plant;
  /** Sections of which not every entry is in `plant`. */
  readonly broken: ReadonlySet<Section>;
}

export function inspectPlant(source: string | Uint8Array, file: string): Inspected {
  const bytes = typeof source === 'string' ? new TextEncoder().encode(source) : source;
  const version = createHash('sha256').update(bytes).digest('hex');
  const opened = openDocument(bytes, file);
  const { reading, root } = opened;
  const plant = root === undefined ? emptyPlant(version) : readPlant(opened, root, version);
  const faults = reading.faults();
  const isUnread = root === undefined && faults.length > 0;
  return {
    faults,
    plant: faults.length === 0 ? plant : soundPart(reading, plant),
    broken: new Set(SECTIONS.filter((section) => isUnread || !reading.isSound(section))),
  };
}

function soundPart({ isSound }: Reading, plant: Plant): Plant {
  const sound = <Entry extends { readonly at: SourceRef }>(entries: ReadonlyMap<string, Entry>) =>
    new Map([...entries].filter(([, { at }]) => isSound(at)));
  return {
    ...plant,
    zones: sound(plant.zones),
    assets: sound(plant.assets),
    conduits: plant.conduits.filter(({ at }) => isSound(at)),
    people: sound(plant.people),
    vendors: sound(plant.vendors),
    access: sound(plant.access),
    tests: plant.tests.filter(({ at }) => isSound(at)),
  };
}

/** A policy that names nothing: nobody signs in, nothing passes. */
const emptyPlant = (version: string): Plant => ({
  site: { name: 'no policy', timeZone: 'UTC' },
  version,
  gates: [],
  zones: new Map(),
  assets: new Map(),
  conduits: [],
  people: new Map(),
  vendors: new Map(),
  access: new Map(),
  tests: [],
});

function readPlant({ reading, isCut }: Opened, root: Item, version: string): Plant {
  const required = isCut ? [] : ['version', 'site'];
  const sections: Fields = fields(reading, root, SECTIONS, required) ?? new Map();
  const keys = isMap(root.node) ? root.node.items.length : Number.POSITIVE_INFINITY;
  // A section that is not there may be in what is no YAML, or under a key that is not known.
  if (isCut || keys > sections.size) {
    for (const section of SECTIONS) if (!sections.has(section)) reading.lose(section);
  }
  integer(reading, sections.get('version'), { min: LANGUAGE, max: LANGUAGE });
  const site = readSite(reading, sections.get('site'));
  const gates = list(reading, sections.get('gates'), { max: MAX_GATES, orOne: true });
  const drafts = readZones(reading, sections.get('zones'));
  const assets = readAssets(reading, sections.get('assets'), drafts);
  const vendors = readVendors(reading, sections.get('vendors'));
  const people = readPeople(reading, sections.get('people'), { vendors, zones: drafts });
  const known: Known = { zones: drafts, assets, vendors, people, timeZone: site.timeZone };
  const access = readAccess(reading, sections.get('access'), known);
  return {
    site,
    version,
    gates: gates.flatMap((each) => ipAddress(reading, each) ?? []),
    zones: finishZones(reading, drafts, assets),
    assets,
    conduits: readConduits(reading, sections.get('conduits'), known),
    people,
    vendors,
    access,
    tests: readTests(reading, sections.get('tests'), { ...known, access }),
  };
}

function readSite(reading: Reading, item: Item | undefined): Plant['site'] {
  const keys = ['name', 'time_zone'];
  const found: Fields | undefined = item && fields(reading, item, keys, keys);
  return {
    name: text(reading, found?.get('name')) ?? '',
    timeZone: timeZone(reading, found?.get('time_zone')) ?? 'UTC',
  };
}

function finishZones(
  reading: Reading,
  drafts: ReadonlyMap<string, ZoneDraft>,
  assets: ReadonlyMap<string, Asset>,
): ReadonlyMap<string, Zone> {
  const assetsAt = assetsBy({ zones: drafts, assets });
  return new Map(
    [...drafts].map(([id, { zone, allow }]) => [
      id,
      { ...zone, allow: allowances(reading, allow, assetsAt(id)) },
    ]),
  );
}
