/**
 * The openings of a plant as a ruleset for nftables on the Linux router between its zones; `nft -f` loads it as one
 * transaction. Everything that no rule names is dropped, and counted.
 *
 * A way that a grant opened is looked up in its set on EVERY packet, in both directions, and no rule before it takes what is
 * established: a busy flow would outlive its grant for ever. Elements of that set time out in the kernel, also when
 * nobody is left to remove them. There are no flowtables, which would go around the chain.
 */
import { type IpAddress, showIp } from '../address.ts';
import type { Conduit, Plant } from '../plant.ts';
import type { AddressRange } from '../zone-ranges.ts';
import { type Endpoint, type Opening, openingsOf } from './openings.ts';

export const TABLE = 'lockkeeper';

const FAMILIES = [
  { family: 4, ip: 'ip', type: 'ipv4_addr' },
  { family: 6, ip: 'ip6', type: 'ipv6_addr' },
] as const;
type Family = (typeof FAMILIES)[number];

/** A scan must not fill the disk of the router: the counter has all of them. */
const DENIALS_LOGGED = 'limit rate 10/second burst 20 packets';

/** ICMP without which TCP stands still: RFC 792, RFC 4443. */
const ERRORS = {
  icmp: 'destination-unreachable, time-exceeded, parameter-problem',
  icmpv6: 'destination-unreachable, packet-too-big, time-exceeded, parameter-problem',
} as const;

/** What is done with the ways that start at a gate. */
export type GateWays =
  /** Open while a grant lives: somebody fills the sets. */
  | 'granted'
  /** Always open, from the addresses in `gates` alone: what passes is for the gate to decide. */
  | 'open';

/** The text for `nft -f`. The same policy gives the same text. */
export function nftables(plant: Plant, gateWays: GateWays = 'granted'): string {
  const openings = openingsOf(plant);
  const gate = gateWays === 'granted' ? openings.gate : [];
  const direct = gateWays === 'granted' ? openings.direct : [...openings.direct, ...openings.gate];
  const body = [
    ...shared(),
    ...direct.flatMap(setsOf),
    ...direct.map(({ conduit }) => `counter ${counterOf(conduit)} { }`),
    ...chain(direct),
  ];
  return [
    '#!/usr/sbin/nft -f',
    `# Plant policy of ${oneLine(plant.site.name)}, version ${plant.version}.`,
    '# Made by `lockkeeper policy compile --target nftables`. An edit of it is drift: `lockkeeper policy verify` names it.',
    ...gate.map(
      ({ conduit, to }) =>
        `# Open for grants alone, by conduit ${conduit.id}: ${to.map(({ asset }) => asset).join(', ')}`,
    ),
    `add table inet ${TABLE}`,
    `delete table inet ${TABLE}`,
    `table inet ${TABLE} {`,
    ...body.map((line) => (line === '' ? '' : `\t${line}`)),
    '}',
    '',
  ].join('\n');
}

const counterOf = ({ id }: Conduit): string => `conduit-${id}`;
const fromSet = ({ id }: Conduit, { family }: Family): string => `${id}-from${family}`;
const toSet = ({ id }: Conduit, { family }: Family): string => `${id}-to${family}`;

/** What every ruleset has, whatever the policy. */
function shared(): readonly string[] {
  const sets = FAMILIES.flatMap(({ family, type }) => [
    '# client . server . port of each grant that lives, until its time is over',
    `set granted${family} { type ${type} . ${type} . inet_service; flags timeout; }`,
    '# hosts, and pairs, that a person isolated',
    `set isolated${family} { type ${type}; }`,
    `set isolated-pairs${family} { type ${type} . ${type}; }`,
  ]);
  const counters = ['granted', 'isolated', 'invalid', 'denied'];
  return [...sets, ...counters.map((name) => `counter ${name} { }`)];
}

function setsOf({ conduit, from, to }: Opening): readonly string[] {
  const { file, line } = conduit.at;
  const about = `# ${conduit.id}, ${oneLine(file)}:${line}: ${oneLine(conduit.why)}`;
  const sets = familiesOf({ from, to }).flatMap((family) => {
    const starts = from.filter(({ first }) => first.family === family.family).map(rangeText);
    const ends = [
      ...new Set(endsIn(to, family).map((end) => `${showIp(end.address)} . ${end.port}`)),
    ];
    return [
      `set ${fromSet(conduit, family)} { type ${family.type}; flags interval; elements = { ${starts.join(', ')} } }`,
      `set ${toSet(conduit, family)} { type ${family.type} . inet_service; elements = { ${ends.join(', ')} } }`,
    ];
  });
  return [about, ...sets];
}

function chain(direct: readonly Opening[]): readonly string[] {
  const lookUps = FAMILIES.flatMap(({ family, ip }) => [
    `${ip} saddr @isolated${family} counter name isolated drop`,
    `${ip} daddr @isolated${family} counter name isolated drop`,
    `${ip} saddr . ${ip} daddr @isolated-pairs${family} counter name isolated drop`,
    `${ip} daddr . ${ip} saddr @isolated-pairs${family} counter name isolated drop`,
  ]);
  const grants = FAMILIES.flatMap(({ family, ip }) => [
    `${ip} saddr . ${ip} daddr . tcp dport @granted${family} counter name granted accept`,
    `${ip} daddr . ${ip} saddr . tcp sport @granted${family} ct direction reply counter name granted accept`,
  ]);
  const ways = direct.flatMap((opening) =>
    familiesOf(opening).flatMap((family) => waysOf(opening.conduit, family)),
  );
  const errors = Object.entries(ERRORS).map(
    ([icmp, types]) => `ct state related ${icmp} type { ${types} } accept`,
  );
  return [
    'chain forward {',
    ...[
      'type filter hook forward priority filter; policy drop;',
      'ct state invalid counter name invalid drop',
      ...lookUps,
      ...grants,
      ...ways,
      ...errors,
      `${DENIALS_LOGGED} log prefix "${TABLE} denied: "`,
      'counter name denied drop',
    ].map((line) => `\t${line}`),
    '}',
  ];
}

/** Whoever may begin, and the answers to them. */
function waysOf(conduit: Conduit, family: Family): readonly string[] {
  const { ip } = family;
  const [from, to] = [fromSet(conduit, family), toSet(conduit, family)];
  const rest = `counter name ${counterOf(conduit)} accept comment "${conduit.id}"`;
  return [
    `${ip} saddr @${from} ${ip} daddr . tcp dport @${to} ${rest}`,
    `${ip} daddr @${from} ${ip} saddr . tcp sport @${to} ct direction reply ${rest}`,
  ];
}

/** Families in which both ends have addresses. */
const familiesOf = ({ from, to }: Pick<Opening, 'from' | 'to'>): readonly Family[] =>
  FAMILIES.filter(
    (each) => from.some(({ first }) => first.family === each.family) && endsIn(to, each).length > 0,
  );

const endsIn = (to: readonly Endpoint[], { family }: Family): readonly Endpoint[] =>
  to.filter(({ address }) => address.family === family);

const rangeText = ({ first, last }: AddressRange): string =>
  sameIp(first, last) ? showIp(first) : `${showIp(first)}-${showIp(last)}`;

const sameIp = (one: IpAddress, other: IpAddress): boolean => one.value === other.value;

/** A comment ends with its line, so nothing that somebody wrote may begin a new one. */
const oneLine = (text: string): string => text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ');
