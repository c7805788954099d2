/**
 * What an asset is by what it does. Each rule gives the sentence that says why, or nothing: where the
 * evidence is thin, nothing is said.
 */
import { MAX_BECAUSE, shorten } from '#sensor/model/bounds.ts';
import type { Behaviour, DeviceRole, HeardHost, HostTraffic } from '#sensor/model/inventory.ts';
import type { OperationKind } from '#sensor/model/operation.ts';
import { protocolLabel } from '#sensor/model/protocol-label.ts';
import type { Asset, Conversation, Role } from './asset.ts';

/** Units behind one address from which it is a gateway: a device may answer as two, its own and 255. */
const GATEWAY_UNITS = 3;
/** Addresses whose packets come from its network card. */
const GATEWAY_ADDRESSES = 3;
/** Servers that somebody reads from and changes nothing on. */
const HISTORIAN_SERVERS = 3;
/** Clients of something that is no controller's. */
const SERVER_CLIENTS = 3;

const CHANGES: readonly OperationKind[] = ['write', 'control'];
const ENGINEERING: readonly OperationKind[] = ['program', 'configure'];

/** Protocols that controllers and remote units answer, and whose content is not decoded here. */
const CONTROL_PROTOCOLS: ReadonlySet<string> = new Set([
  's7comm',
  'enip',
  'cip-io',
  'omron-fins',
  'ge-srtp',
  'dnp3',
  'iec104',
  'roc-plus',
  'genisys',
]);

/** What machines serve to many that are no controllers. */
const SERVER_PROTOCOLS: ReadonlySet<string> = new Set([
  'opcua',
  'mqtt',
  'http',
  'tls',
  'smb',
  'dns',
  'ntp',
  'ftp',
  'smtp',
  'rdp',
]);

interface Evidence {
  readonly asset: Asset;
  readonly host: HeardHost | undefined;
}

type Rule = (evidence: Evidence) => string | undefined;

const conversationsAs = ({ asset }: Evidence, role: Role): readonly Conversation[] =>
  [...asset.conversations.values()].filter((each) => each.role === role);

const does = ({ kinds }: Conversation, wanted: readonly OperationKind[]): boolean =>
  wanted.some((kind) => kinds.includes(kind));

const trafficAs = ({ host }: Evidence, role: Role): readonly HostTraffic[] =>
  host?.traffic.filter((each) => each.role === role) ?? [];

const labels = (protocols: Iterable<string>): string =>
  [...new Set(protocols)].map(protocolLabel).join(' and ');

function isChanged(evidence: Evidence): string | undefined {
  const [changer] = conversationsAs(evidence, 'server').filter((each) => does(each, CHANGES));
  if (changer === undefined) return undefined;
  return `it serves ${labels(changer.protocols)}, and ${changer.peer} changed something on it`;
}

/** Recognised by content alone: a port proves nothing. */
function answersControl(evidence: Evidence): string | undefined {
  const [found] = trafficAs(evidence, 'server').filter(
    ({ protocol, by }) =>
      protocol !== undefined && by === 'content' && CONTROL_PROTOCOLS.has(protocol),
  );
  return found && `it answers ${protocolLabel(found.protocol ?? '')} of ${found.peer}`;
}

function readsAndWrites(evidence: Evidence): string | undefined {
  const asked = conversationsAs(evidence, 'client');
  const both = asked.filter(
    (each) => does(each, ['read', 'subscribe']) && does(each, CHANGES) && !does(each, ENGINEERING),
  );
  const [first] = both;
  if (first === undefined) return undefined;
  const whom = both.length === 1 ? first.peer : `${both.length} servers, ${first.peer} among them`;
  return `it reads and changes values by ${labels(first.protocols)} on ${whom}`;
}

function engineers(evidence: Evidence): string | undefined {
  const [found] = conversationsAs(evidence, 'client').filter((each) => does(each, ENGINEERING));
  if (found === undefined) return undefined;
  const deed = found.kinds.includes('program') ? 'programs' : 'configures';
  return `it ${deed} ${found.peer} by ${labels(found.protocols)}`;
}

function onlyReads(evidence: Evidence): string | undefined {
  const asked = conversationsAs(evidence, 'client');
  const reading = asked.filter((each) => does(each, ['read', 'subscribe']));
  const isHarmless = !asked.some((each) => does(each, [...CHANGES, ...ENGINEERING]));
  if (!isHarmless || reading.length < HISTORIAN_SERVERS) return undefined;
  return `it reads from ${reading.length} servers, and changes nothing on any`;
}

function speaksForUnits({ asset }: Evidence): string | undefined {
  const { size } = asset.units;
  return size < GATEWAY_UNITS ? undefined : `it answers for ${size} Modbus units`;
}

function carriesOthers({ host }: Evidence): string | undefined {
  const { behind = 0 } = host ?? {};
  if (behind < GATEWAY_ADDRESSES) return undefined;
  return `packets of ${behind} other addresses come from its network card`;
}

function servesMany(evidence: Evidence): string | undefined {
  const clients = new Map<string, Set<string>>();
  const note = (protocol: string, peer: string): void => {
    if (!SERVER_PROTOCOLS.has(protocol)) return;
    clients.set(protocol, (clients.get(protocol) ?? new Set()).add(peer));
  };
  for (const { protocol, peer } of trafficAs(evidence, 'server')) note(protocol ?? '', peer);
  for (const { protocols, peer } of conversationsAs(evidence, 'server')) {
    for (const protocol of protocols) note(protocol, peer);
  }
  const [found] = [...clients].sort(([, a], [, b]) => b.size - a.size);
  if (found === undefined || found[1].size < SERVER_CLIENTS) return undefined;
  return `it serves ${protocolLabel(found[0])} to ${found[1].size} clients`;
}

/** The first rule of a role that finds something gives its sentence. */
const RULES: readonly { readonly role: DeviceRole; readonly rule: Rule }[] = [
  { role: 'controller', rule: isChanged },
  { role: 'controller', rule: answersControl },
  { role: 'engineering-station', rule: engineers },
  { role: 'hmi', rule: readsAndWrites },
  { role: 'historian', rule: onlyReads },
  { role: 'gateway', rule: speaksForUnits },
  { role: 'gateway', rule: carriesOthers },
  { role: 'server', rule: servesMany },
];

export function behaviourOf(asset: Asset, host: HeardHost | undefined): readonly Behaviour[] {
  const found = new Map<DeviceRole, Behaviour>();
  for (const { role, rule } of RULES) {
    if (found.has(role)) continue;
    const because = rule({ asset, host });
    if (because === undefined) continue;
    found.set(role, { role, because: shorten(because, MAX_BECAUSE) });
  }
  for (const claim of host?.claims ?? []) if (!found.has(claim.role)) found.set(claim.role, claim);
  return [...found.values()];
}
