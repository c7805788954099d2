/**
 * The language of the plant policy as a JSON Schema, so that editors complete keys and underline what cannot be. It says
 * what a schema can say: `policy lint` knows more (names that do not exist, ranges that overlap, windows that never open).
 * JSON Schema 2020-12.
 */

import { KINDS, TABLES } from './load/allowance.ts';
import { CRITICALITIES } from './load/places.ts';
import { POLICY_FUNCTIONS } from './modbus-functions.ts';

type Schema = Readonly<Record<string, unknown>>;

const ref = (name: string): Schema => ({ $ref: `#/$defs/${name}` });
const described = (description: string, schema: Schema): Schema => ({ description, ...schema });

/** A value, or a list of such. */
const oneOrMany = (item: Schema, limits: Schema = {}): Schema => ({
  anyOf: [item, { type: 'array', items: item, minItems: 1, ...limits }],
});

function mapping(
  properties: Readonly<Record<string, Schema>>,
  required: readonly string[] = [],
): Schema {
  return { type: 'object', properties, required, additionalProperties: false };
}

/** By id. */
const named = (item: Schema): Schema => ({
  type: 'object',
  propertyNames: ref('id'),
  additionalProperties: item,
});

const whole = (minimum: number, maximum: number): Schema => ({
  type: 'integer',
  minimum,
  maximum,
});

const DEFS: Readonly<Record<string, Schema>> = {
  id: { type: 'string', pattern: '^[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*$', maxLength: 64 },
  text: { type: ['string', 'number'], maxLength: 500 },
  ip: described('IPv4 or IPv6; names are not looked up.', { type: 'string' }),
  cidr: described('Network address and length: 10.20.1.0/24.', {
    type: 'string',
    pattern: '^[0-9A-Fa-f:.]+/[0-9]{1,3}$',
  }),
  zone_name: described('An IANA time zone: Europe/Berlin.', { type: 'string' }),
  duration: described('4h, 90s, 1h30m.', {
    anyOf: [{ type: 'string', pattern: '^(?:0|(?:[0-9]{1,6}[dhms])+)$' }, { const: 0 }],
  }),
  time: described('"06:00", at most "24:00".', { type: 'string', pattern: '^[0-9]{2}:[0-9]{2}$' }),
  range: described('Addresses, 0-based as on the wire: 100-109 or 100.', {
    type: ['string', 'integer'],
    pattern: '^[0-9]{1,5}(?:-[0-9]{1,5})?$',
    minimum: 0,
    maximum: 65_535,
  }),
  node: described('By namespace URI: nsu=urn:acme;s=Boiler.SetPoint.', {
    type: 'string',
    pattern: '^nsu=[^;\\s]{1,255};[sigb]=.+$',
  }),
  role: described(
    'analyst, operator, approver@ZONE, vendor, security, supply-chain, auditor, admin.',
    {
      type: 'string',
      pattern: '^(?:analyst|operator|approver@.+|vendor|security|supply-chain|auditor|admin)$',
    },
  ),
  kind: { enum: KINDS },
  criticality: { enum: CRITICALITIES },
  allowance: described('Which operations, on which objects; what is left out does not bound.', {
    anyOf: [
      mapping({
        proto: { const: 'modbus' },
        ops: oneOrMany(ref('kind')),
        fc: described('Function codes.', oneOrMany({ enum: [...POLICY_FUNCTIONS.keys()] })),
        units: oneOrMany(whole(0, 255)),
        table: { enum: TABLES },
        range: oneOrMany(ref('range'), { maxItems: 64 }),
        registers: described(
          'Names of the register map, instead of table and range.',
          oneOrMany({ type: ['string', 'number'] }, { maxItems: 64 }),
        ),
        value: described(
          'Bounds of every register or record that is written, as unsigned 16 bit.',
          mapping({ min: whole(0, 65_535), max: whole(0, 65_535) }),
        ),
      }),
      mapping(
        {
          proto: { const: 'opcua' },
          ops: oneOrMany(ref('kind')),
          nodes: { type: 'array', items: ref('node'), minItems: 1, maxItems: 1000 },
          methods: { type: 'array', items: ref('node'), minItems: 1, maxItems: 1000 },
        },
        ['proto', 'ops'],
      ),
    ],
  }),
  allowances: { type: 'array', items: ref('allowance'), maxItems: 64 },
  window: mapping(
    {
      days: described(
        'mon-fri, sat, daily, or a list of such.',
        oneOrMany({ type: 'string' }, { maxItems: 7 }),
      ),
      from: ref('time'),
      to: ref('time'),
      tz: ref('zone_name'),
    },
    ['days', 'from', 'to'],
  ),
  register: mapping(
    {
      table: { enum: TABLES },
      address: whole(0, 65_535),
      type: { enum: ['bool', 'int16', 'uint16', 'int32', 'uint32', 'float32'] },
      word_order: { enum: ['high-first', 'low-first'] },
      unit: ref('text'),
      min: { type: 'number' },
      max: { type: 'number' },
    },
    ['table', 'address', 'type'],
  ),
};

const zone = mapping(
  {
    name: ref('text'),
    purdue: described('Purdue level; 3.5 is the industrial DMZ.', {
      enum: [0, 1, 2, 3, 3.5, 4, 5],
    }),
    sl_t: described('Target security level. IEC 62443-3-2.', whole(0, 4)),
    cidrs: { type: 'array', items: ref('cidr'), maxItems: 64 },
    parent: ref('id'),
    safety: described('Into it passes only what `allow` lists, and of that only what reads.', {
      type: 'boolean',
    }),
    allow: ref('allowances'),
    owner: ref('text'),
    criticality: ref('criticality'),
  },
  ['purdue', 'cidrs'],
);

const asset = mapping(
  {
    name: ref('text'),
    zone: ref('id'),
    address: ref('ip'),
    modbus: mapping({ port: whole(1, 65_535), units: oneOrMany(whole(0, 255)) }, ['units']),
    opcua: mapping({ port: whole(1, 65_535), application_uri: ref('text') }, ['application_uri']),
    tags: oneOrMany(ref('id'), { minItems: 0, maxItems: 32 }),
    criticality: ref('criticality'),
    registers: named(ref('register')),
  },
  ['zone', 'address'],
);

const person = mapping(
  {
    name: ref('text'),
    company: described("One of the vendors; absent for the site's own people.", ref('id')),
    roles: oneOrMany(ref('role'), { minItems: 0 }),
    subject: described('The `sub` claim of the OpenID provider.', { type: ['string', 'number'] }),
    same_as: described('Another account of the same human.', ref('id')),
  },
  ['name', 'roles', 'subject'],
);

const conduit = mapping(
  {
    id: ref('id'),
    from: described('A zone or an asset.', ref('id')),
    to: described('A zone or an asset.', ref('id')),
    via: described('direct: the two ends talk by themselves; gate: only what the gate emits.', {
      enum: ['direct', 'gate'],
    }),
    allow: ref('allowances'),
    why: ref('text'),
    on_recording_failure: { enum: ['stop-writes', 'stop-session', 'continue'] },
  },
  ['id', 'from', 'to', 'via', 'allow', 'why'],
);

const access = mapping(
  {
    id: ref('id'),
    vendor: ref('id'),
    to: described('Assets, or those that carry all of the tags.', {
      anyOf: [oneOrMany(ref('id')), mapping({ tags: oneOrMany(ref('id')) }, ['tags'])],
    }),
    may_request: ref('allowances'),
    approve: mapping({ quorum: whole(1, 10), from: oneOrMany(ref('role'), { maxItems: 32 }) }, [
      'quorum',
      'from',
    ]),
    limits: mapping(
      {
        max: ref('duration'),
        idle: ref('duration'),
        sessions: whole(1, 16),
        read_grace: ref('duration'),
      },
      ['max'],
    ),
    windows: { type: 'array', items: ref('window'), minItems: 1, maxItems: 32 },
    why: ref('text'),
  },
  ['id', 'vendor', 'to', 'may_request', 'approve', 'limits', 'why'],
);

const statements = oneOrMany({ type: 'string', maxLength: 2000 }, { maxItems: 200 });
const test = mapping(
  {
    as: described('asset:ID, zone:ID, vendor:ID, any.', { type: 'string' }),
    grant: described('An access entry: what a grant of all of it could do.', ref('id')),
    on: described('An asset, or zone:ID.', { type: 'string' }),
    allow: statements,
    deny: statements,
  },
  ['as', 'on'],
);

export const POLICY_SCHEMA: Schema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Lockkeeper plant policy',
  description:
    'Zones, conduits and access of a plant, with tests. policies/README.md names every key.',
  ...mapping(
    {
      version: described('Version of the language.', { const: 1 }),
      site: mapping({ name: ref('text'), time_zone: ref('zone_name') }, ['name', 'time_zone']),
      gates: described(
        'Addresses from which the gate emits.',
        oneOrMany(ref('ip'), { minItems: 0, maxItems: 16 }),
      ),
      zones: named(zone),
      assets: named(asset),
      vendors: named(mapping({ name: ref('text') }, ['name'])),
      people: named(person),
      conduits: { type: 'array', items: conduit },
      access: { type: 'array', items: access },
      tests: { type: 'array', items: test },
    },
    ['version', 'site'],
  ),
  $defs: DEFS,
};
