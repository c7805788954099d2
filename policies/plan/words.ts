/** A plan as people read it: a sign, who, to whom, what, and the line behind it. */
import type { SourceRef } from '../plant.ts';
import type {
  Direction,
  FirewallChange,
  GrantChange,
  Plan,
  SettingChange,
  TrafficChange,
} from './change.ts';

const SIGNS: Readonly<Record<Direction, string>> = { allowed: '+', denied: '-' };

const placeOf = ({ file, line }: SourceRef): string => `${file}:${line}`;

export function describePlan({ traffic, grants, firewall, settings }: Plan): readonly string[] {
  return [
    ...section('Between hosts', traffic.flatMap(trafficLines)),
    ...section('For grants', grants.flatMap(grantLines)),
    ...section(
      'At a firewall',
      firewall.map((change) => `${SIGNS[change.becomes]} ${describeFirewall(change)}`),
    ),
    ...section('Written in another way', settings.map(describeSetting)),
  ];
}

const section = (title: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : [title, ...lines, ''];

/** `zone control-room -> asset plc-12: write holding registers 100-119 (40101-40120) of unit 1, functions 6, 16` */
export function describeTraffic({ from, to, port, what }: TrafficChange): string {
  const at = port === undefined ? '' : port === 'others' ? ', other ports' : `, port ${port}`;
  return `${from.join(', ')} -> ${to.join(', ')}${at}: ${what}`;
}

export const describeGrant = ({ vendor, entry, asset, what }: GrantChange): string =>
  `vendor ${vendor} by ${entry} on ${asset}: ${what}`;

/** `10.0.0.0-10.0.0.255 -> plc-12 (10.0.1.12), TCP 502` */
export function describeFirewall({ from, to, when }: FirewallChange): string {
  const grant = when === 'always' ? '' : ', while a grant lives';
  return `${from.join(', ')} -> ${to.asset} (${to.ip}), TCP ${to.port}${grant}`;
}

/** `access acme-press: limits.max 4h -> 8h` */
export function describeSetting({ subject, field, before, after }: SettingChange): string {
  if (field === undefined) return `${subject}: ${after === undefined ? 'is gone' : 'is new'}`;
  if (before === undefined) return `${subject}: ${field} has ${after ?? ''} too`;
  return after === undefined
    ? `${subject}: ${field} has ${before} no more`
    : `${subject}: ${field} ${before} -> ${after}`;
}

const trafficLines = (change: TrafficChange): readonly string[] =>
  lines(change, describeTraffic(change));

const grantLines = (change: GrantChange): readonly string[] => lines(change, describeGrant(change));

function lines(
  { becomes, both, at }: Pick<TrafficChange, 'becomes' | 'both' | 'at'>,
  text: string,
): readonly string[] {
  const rest = becomes === 'allowed' ? 'already' : 'still';
  return [
    `${SIGNS[becomes]} ${text}`,
    ...(both.length === 0 ? [] : [`    ${rest}: ${both.join('; ')}`]),
    `    ${placeOf(at)}`,
  ];
}
