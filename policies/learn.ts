/**
 * A policy that explains what was seen, to review: the smallest set of lines, each with its evidence, and nothing that was
 * not seen. What was seen is not what is right: an attack that was recorded is proposed like everything else.
 */
import { isoMicros } from '#sensor/model/time.ts';
import { evidenceOf, type Learned, linesOf, quoted } from './learn/lines.ts';
import type { Conversation, Observations } from './learn/observations.ts';
import { type NewAsset, type Places, placesOf } from './learn/places.ts';
import type { Plant } from './plant.ts';

interface Ways {
  readonly from: string;
  readonly to: string;
  readonly parts: readonly (Learned & { readonly conversation: Conversation })[];
}

/**
 * As YAML: a whole policy where there is no `base`, else the zones, assets and conduits that `base` lacks, which are to be
 * put under its own keys.
 */
export function learn(observations: Observations, base: Plant | undefined): string {
  const wanted = [...observations.conversations.values()];
  const places = placesOf(wanted, base);
  const ways = waysOf(wanted, places, base);
  const lines = [
    ...heading(observations, base),
    ...(base === undefined ? ['version: 1', 'site: { name: Learned, time_zone: UTC }', ''] : []),
    ...section('zones', zoneLines(places)),
    ...section(
      'assets',
      places.assets.map((asset) => assetLine(asset, observations)),
    ),
    ...section(
      'conduits',
      ways.flatMap((way) => conduitLines(way, base)),
    ),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

function heading(
  { conversations, leftOut }: Observations,
  base: Plant | undefined,
): readonly string[] {
  const all = [...conversations.values()];
  const first = all.reduce(
    (min, { firstAt }) => (firstAt < min ? firstAt : min),
    all[0]?.firstAt ?? (0 as never),
  );
  const last = all.reduce((max, { lastAt }) => (lastAt > max ? lastAt : max), first);
  const span = all.length === 0 ? '' : `, ${isoMicros(first)} to ${isoMicros(last)}`;
  return [
    `# Proposed by \`lockkeeper policy learn\` from ${all.length} conversations${span}.`,
    ...(base === undefined
      ? [
          '# Give each zone its name, Purdue level and owner, each asset its name, and each conduit its reason.',
        ]
      : [
          `# They hold what policy ${base.version.slice(0, 12)} does not explain. Put it under the keys of that policy.`,
        ]),
    '# What was seen is not what is right: strike what should not be.',
    ...(leftOut === 0 ? [] : [`# ${leftOut} exchanges are left out: too many conversations.`]),
    '',
  ];
}

const section = (key: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : [`${key}:`, ...lines.map((line) => `  ${line}`), ''];

const zoneLines = ({ zones }: Places): readonly string[] =>
  zones.map(({ id, cidr }) => `${id}: { purdue: 1, cidrs: [${quoted(cidr)}] }`);

function assetLine(
  { id, zone, address, modbus, opcua }: NewAsset,
  { applications }: Observations,
): string {
  const uri = applications.get(address) ?? `urn:not-seen:${id}`;
  const parts = [
    `zone: ${zone}`,
    `address: ${quoted(address)}`,
    ...(modbus ? [`modbus: { port: ${modbus.port}, units: [${modbus.units.join(', ')}] }`] : []),
    ...(opcua ? [`opcua: { port: ${opcua.port}, application_uri: ${quoted(uri)} }`] : []),
  ];
  return `${id}: { ${parts.join(', ')} }`;
}

/** One conduit for each pair of hosts, whatever they spoke. */
function waysOf(
  conversations: readonly Conversation[],
  { assets, nameOf }: Places,
  base: Plant | undefined,
): readonly Ways[] {
  const ports = new Map<string, number | undefined>();
  for (const { address, modbus, opcua } of [...(base?.assets.values() ?? []), ...assets]) {
    ports.set(`modbus ${address}`, modbus?.port);
    ports.set(`opcua ${address}`, opcua?.port);
  }
  const byPair = new Map<string, Conversation[]>();
  for (const each of conversations) {
    const key = `${each.client} ${each.server}`;
    byPair.set(key, [...(byPair.get(key) ?? []), each]);
  }
  return [...byPair.values()].flatMap((own): readonly Ways[] => {
    const [first] = own;
    if (first === undefined) return [];
    const parts = own.map((conversation) => {
      const { protocol, server, port } = conversation;
      const named = ports.get(`${protocol} ${server}`);
      if (named === port) return { conversation, ...linesOf(conversation) };
      const unsaid = `${protocol} at port ${port}, ${evidenceOf(conversation)}: an asset has one port for it, and this is another`;
      return { conversation, lines: [], unsaid: [unsaid] };
    });
    return [{ from: nameOf(first.client), to: nameOf(first.server), parts }];
  });
}

function conduitLines({ from, to, parts }: Ways, base: Plant | undefined): readonly string[] {
  const lines = parts.flatMap((part) => part.lines);
  const unsaid = parts
    .flatMap((part) => part.unsaid)
    .map((text) => `# not said here: ${from} -> ${to}: ${text}`);
  if (lines.length === 0) return unsaid;
  const id = freeId(`${from}-to-${to}`, base);
  return [
    ...unsaid,
    `- id: ${id}`,
    `  from: ${from}`,
    `  to: ${to}`,
    '  via: direct',
    '  why: Seen on the wire; say what it is for.',
    '  allow:',
    ...lines.flatMap(({ yaml, evidence }) => [`    # ${evidence}`, `    - ${yaml}`]),
  ];
}

/** Ids of the language have at most so many characters. */
const MAX_ID = 64;

function freeId(id: string, base: Plant | undefined): string {
  const short = id.slice(0, MAX_ID - 3).replace(/-+$/, '');
  const taken = new Set(base?.conduits.map((each) => each.id));
  let name = short;
  for (let n = 2; taken.has(name); n++) name = `${short}-${n}`;
  return name;
}
