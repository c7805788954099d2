/** What was in the capture, as a short text for people: the default output of `sensor read`. */
import type { Alert } from '#sensor/model/alert.ts';
import type { AssetReport } from '#sensor/model/link.ts';
import { identityText } from '#sensor/model/modbus-identity.ts';
import type { Protocol } from '#sensor/model/net.ts';
import type { ModbusTable, OperationKind } from '#sensor/model/operation.ts';
import { isoMicros, type Micros } from '#sensor/model/time.ts';
import { typedInWords } from '#sensor/model/typed-value.ts';
import { compareAddresses } from './address-order.ts';
import { networkLines } from './network-summary.ts';
import type { Ranges } from './ranges.ts';
import {
  type ClientTally,
  MAX_NODES,
  type ServerTally,
  type Survey,
  type TouchedTables,
} from './survey.ts';

/** Lines of a kind before the rest is only counted: a summary is read, not searched. */
const MAX_SERVERS_SHOWN = 16;
const MAX_CLIENTS_SHOWN = 8;
const MAX_VALUES_SHOWN = 8;
const MAX_RANGES_SHOWN = 6;
const MAX_ALERTS_SHOWN = 20;

export interface SummaryParts {
  readonly files: readonly string[];
  readonly packets: number;
  readonly bytes: number;
  /** First and last packet. Valid iff there was one. */
  readonly from: Micros;
  readonly to: Micros;
  readonly survey: Survey;
  /** Everybody in the network, whatever they speak. */
  readonly assets: readonly AssetReport[];
  readonly exchanges: number;
  readonly alerts: readonly Alert[];
  readonly unread: ReadonlyMap<string, number>;
  /** Damage of the capture files, in words. */
  readonly warnings: readonly string[];
  /** Colours and weights; only for a terminal. */
  readonly ansi: boolean;
}

type Style = (text: string) => string;

export function summaryText(parts: SummaryParts): string {
  const bold: Style = parts.ansi ? (text) => `\x1b[1m${text}\x1b[0m` : (text) => text;
  const dim: Style = parts.ansi ? (text) => `\x1b[2m${text}\x1b[0m` : (text) => text;
  const blocks = [
    headline(parts, bold),
    ...servers(parts.survey, bold, dim),
    networkLines(parts.assets, bold, dim),
    alertLines(parts.alerts, bold),
    factLines(parts.survey, bold, dim),
    unreadLines(parts, bold),
  ];
  return `${blocks
    .filter((block) => block.length > 0)
    .map((block) => block.join('\n'))
    .join('\n\n')}\n`;
}

function headline(parts: SummaryParts, bold: Style): string[] {
  const { files, packets, bytes, from, to, survey, exchanges } = parts;
  const lines = [`${bold(files.join(', '))}: ${amount(packets, 'packet')}, ${size(bytes)}`];
  if (packets > 0) {
    lines.push(`from ${clock(from)} to ${clock(to)} UTC, ${duration(to - from)}`);
  }
  const clients = new Set([...survey.servers.values()].flatMap((s) => [...s.clients.keys()]));
  lines.push(
    survey.servers.size === 0
      ? 'no Modbus or OPC UA in it'
      : `${amount(exchanges, `${protocolsOf(survey)} exchange`)} between ${amount(clients.size, 'client')} and ${amount(survey.servers.size, 'server')}`,
  );
  return lines;
}

const PROTOCOL_NAMES: Readonly<Record<Protocol, string>> = { modbus: 'Modbus', opcua: 'OPC UA' };

function protocolsOf({ servers: seen }: Survey): string {
  const spoken = new Set([...seen.values()].flatMap(({ protocols }) => [...protocols]));
  return [...spoken]
    .sort()
    .map((protocol) => PROTOCOL_NAMES[protocol])
    .join(' and ');
}

/** What the first of its units says it is, and how many others say something else. */
function identitiesOf({ identities, serverIds }: ServerTally): string | undefined {
  const said = [...identities.values()].map(identityText);
  const [first, ...others] = new Set(said.length > 0 ? said : serverIds.values());
  return others.length === 0 ? first : `${first}, and ${amount(others.length, 'other device')}`;
}

/** What registers hold that the plant policy names, as it was told last. */
function valueLines({ values }: ServerTally): string[] {
  if (values.size === 0) return [];
  const shown = [...values.values()].slice(0, MAX_VALUES_SHOWN).map(typedInWords).join(', ');
  const more = values.size - MAX_VALUES_SHOWN;
  return [`values  ${shown}${more > 0 ? ` and ${more} more` : ''}`];
}

function servers(survey: Survey, bold: Style, dim: Style): string[][] {
  const sorted = [...survey.servers].sort(([a], [b]) => compareAddresses(a, b));
  const blocks = sorted
    .slice(0, MAX_SERVERS_SHOWN)
    .map(([name, server]) => [
      [bold(name), unitsOf(server), identitiesOf(server)].filter(Boolean).join('  '),
      ...valueLines(server).map((line) => `  ${line}`),
      ...certificateLines(server.certificates).map((line) => `  ${line}`),
      ...clientLines(server, dim),
    ]);
  const rest = sorted.length - blocks.length;
  if (rest > 0) blocks.push([`and ${amount(rest, 'more server')}; --assets - lists them all`]);
  if (survey.leftOut > 0) {
    const count = amount(survey.leftOut, 'exchange');
    blocks.push([
      `and ${count} of more servers and clients than are told apart; --exchanges - has them`,
    ]);
  }
  return blocks;
}

function unitsOf({ units, protocols, applications }: ServerTally): string {
  if (protocols.has('opcua') && units.size === 0) {
    const [application] = applications;
    return application === undefined ? 'OPC UA' : `OPC UA  ${application}`;
  }
  if (units.size === 0) return 'never answered';
  const list = [...units].sort((a, b) => a - b);
  const shown = list.slice(0, MAX_RANGES_SHOWN).join(', ');
  const more = list.length > MAX_RANGES_SHOWN ? ` and ${list.length - MAX_RANGES_SHOWN} more` : '';
  return `${list.length === 1 ? 'unit' : 'units'} ${shown}${more}`;
}

function clientLines({ clients }: ServerTally, dim: Style): string[] {
  const sorted = [...clients.values()].sort(
    (a, b) => writesOf(b) - writesOf(a) || compareAddresses(a.ip, b.ip),
  );
  const shown = sorted.slice(0, MAX_CLIENTS_SHOWN);
  const width = Math.max(...shown.map(({ ip }) => ip.length));
  const lines = shown.flatMap((client) => {
    const [first = 'connected', ...others] = deeds(client, dim);
    return [
      `  ${client.ip.padEnd(width)}  ${first}`,
      ...others.map((line) => `  ${' '.repeat(width)}  ${line}`),
    ];
  });
  if (sorted.length > shown.length)
    lines.push(`  and ${amount(sorted.length - shown.length, 'more client')}`);
  return lines;
}

const writesOf = (client: ClientTally): number => client.kinds.write;

function certificateLines(certificates: ReadonlySet<string>): string[] {
  const shown = [...certificates].slice(0, MAX_RANGES_SHOWN);
  const rest = certificates.size - shown.length;
  const lines = shown.map((text) => `shows    certificate ${text}`);
  return rest > 0 ? [...lines, `shows    ${amount(rest, 'more certificate')}`] : lines;
}

/** What one client did to one server, a line for each kind. */
function deeds(client: ClientTally, dim: Style): string[] {
  const times = (count: number): string => dim(`${count.toLocaleString('en-US')}×`);
  const lines: string[] = [];
  const [writes, reads, identifies] = [writesOf(client), client.kinds.read, client.kinds.identify];
  lines.push(...certificateLines(client.certificates));
  const sessions = [...client.sessions].slice(0, MAX_RANGES_SHOWN);
  lines.push(...sessions.map((session) => `session  ${session}`));
  const rest = client.sessions.size - sessions.length;
  if (rest > 0) lines.push(`session  ${rest} more ways`);
  if (client.encrypted > 0)
    lines.push(`says     what only its ends can read  ${times(client.encrypted)}`);
  if (writes > 0) lines.push(`writes   ${touchedBy(client, 'write')}  ${times(writes)}`);
  if (reads > 0) lines.push(`reads    ${touchedBy(client, 'read')}  ${times(reads)}`);
  if (identifies > 0) lines.push(`asks what it is  ${times(identifies)}`);
  for (const [kind, verb] of OTHER_DEEDS) {
    const count = client.kinds[kind];
    if (count === 0) continue;
    // Subscriptions do not say here what they are about.
    const nodes = nodesText(client.nodes.get(kind));
    lines.push(`${verb.padEnd(8)} ${nodes === '' ? '' : `${nodes}  `}${times(count)}`);
  }
  if (client.unknown.size > 0) {
    const codes = [...client.unknown].sort(([a], [b]) => a - b);
    const names = codes.map(([code, count]) => `${code} ${times(count)}`);
    lines.push(`functions not understood: ${names.join(', ')}`);
  }
  const refusals = [...client.refusals].map(([name, count]) => `${name} ${times(count)}`);
  if (refusals.length > 0) lines.push(`refused: ${refusals.join(', ')}`);
  if (client.unanswered > 0) lines.push(`without an answer  ${times(client.unanswered)}`);
  return lines;
}

const OTHER_DEEDS: readonly (readonly [OperationKind, string])[] = [
  ['control', 'calls'],
  ['configure', 'changes'],
  ['browse', 'browses'],
  ['subscribe', 'follows'],
];

function touchedBy(client: ClientTally, kind: 'read' | 'write'): string {
  const nodes = client.nodes.get(kind);
  const tables = kind === 'read' ? client.reads : client.writes;
  if (nodes === undefined) return touched(tables);
  return tables.size === 0 ? nodesText(nodes) : `${touched(tables)}; ${nodesText(nodes)}`;
}

function nodesText(nodes: ReadonlySet<string> | undefined): string {
  if (nodes === undefined) return '';
  const shown = [...nodes].slice(0, MAX_RANGES_SHOWN).join(', ');
  const rest = nodes.size - MAX_RANGES_SHOWN;
  const many = nodes.size === MAX_NODES ? 'at least ' : '';
  return rest > 0 ? `${shown} and ${many}${rest} more` : shown;
}

const NOUNS: Readonly<Record<ModbusTable, string>> = {
  coils: 'coils',
  'discrete-inputs': 'discrete inputs',
  'input-registers': 'input registers',
  'holding-registers': 'holding registers',
};

function touched(tables: TouchedTables): string {
  if (tables.size === 0) return 'nothing that exists';
  return [...tables].map(([table, ranges]) => `${NOUNS[table]} ${rangesText(ranges)}`).join('; ');
}

function rangesText({ list, rough }: Ranges): string {
  const shown = list
    .slice(0, MAX_RANGES_SHOWN)
    .map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`));
  const more = list.length > MAX_RANGES_SHOWN ? ` and ${list.length - MAX_RANGES_SHOWN} more` : '';
  return `${rough ? 'about ' : ''}${shown.join(', ')}${more}`;
}

function alertLines(alerts: readonly Alert[], bold: Style): string[] {
  if (alerts.length === 0) return [];
  const sorted = [...alerts].sort((a, b) => b.event.severity - a.event.severity);
  const lines = sorted.slice(0, MAX_ALERTS_SHOWN).map(({ rule, message, lockkeeper }) => {
    const { count } = lockkeeper.alert;
    return `  ${rule.level.padEnd(13)}  ${message}${count > 1 ? `  (${count}×)` : ''}`;
  });
  if (sorted.length > lines.length) lines.push(`  and ${sorted.length - lines.length} more`);
  return [bold('Alerts'), ...lines];
}

function factLines({ facts }: Survey, bold: Style, dim: Style): string[] {
  if (facts.size === 0) return [];
  const sorted = [...facts].sort(([, a], [, b]) => b.count - a.count);
  const width = Math.max(...sorted.map(([name]) => name.length));
  const lines = sorted.map(([name, { count, frame, text }]) => {
    const where = frame === undefined ? '' : dim(`, first in frame ${frame}`);
    return `  ${name.padEnd(width)}  ${count.toLocaleString('en-US')}×  ${text}${where}`;
  });
  return [bold('What was not as it should be'), ...lines];
}

function unreadLines({ unread, warnings }: SummaryParts, bold: Style): string[] {
  const lines = [...unread]
    .filter(([, count]) => count > 0)
    .map(([reason, count]) => `  ${amount(count, 'packet')}: ${reason}`);
  if (lines.length + warnings.length === 0) return [];
  return [bold('Not read'), ...lines, ...warnings.map((warning) => `  ${warning}`)];
}

const amount = (count: number, noun: string): string =>
  `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;

function size(bytes: number): string {
  for (const [unit, value] of [
    ['GB', 1e9],
    ['MB', 1e6],
    ['kB', 1e3],
  ] as const) {
    if (bytes >= value) return `${(bytes / value).toFixed(1)} ${unit}`;
  }
  return `${bytes} bytes`;
}

const clock = (at: Micros): string => isoMicros(at).slice(0, 19).replace('T', ' ');

function duration(micros: number): string {
  const seconds = Math.round(micros / 1e6);
  if (seconds < 1) return `${(micros / 1000).toFixed(1)} ms`;
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ] as const;
  return parts
    .filter(([value]) => value > 0)
    .map(([value, unit]) => `${value} ${unit}`)
    .join(' ');
}
