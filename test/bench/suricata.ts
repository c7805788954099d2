/**
 * CPU of `lockkeeper sensor read` against Suricata on the same captures: polling, polling with losses, and
 * a plant's traffic among an office's. Both programs run in turn with the same two rules, and first the
 * requests and alerts that they found are compared.
 *
 * Suricata is the program that LOCKKEEPER_SURICATA names, or `suricata` on the PATH. Its stream depth is 0
 * throughout: by default it stops reading a connection after 1 MiB.
 */
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChildCost } from './child-cost.ts';
import {
  type CaptureOptions,
  type GeneratedCapture,
  writeModbusCapture,
} from './modbus-capture.ts';
import { type BenchResult, median, run, seconds } from './rounds.ts';

const ROUNDS = 3;
/** CPU of lockkeeper for that of Suricata, at most. */
const ALERTS_GOAL = 0.33;
const RECORD_GOAL = 0.25;
/** Share of the requests that are read. */
const WHOLE = 1;
const WITH_LOSSES = 0.999;

interface Case {
  readonly name: string;
  readonly options: CaptureOptions;
  /** Each exchange written down, against alerts alone. */
  readonly record: boolean;
  readonly goal: number;
  readonly completeness: number;
}

const CASES: readonly Case[] = [
  { name: 'polling, alerts', options: {}, record: false, goal: ALERTS_GOAL, completeness: WHOLE },
  {
    name: 'polling, every exchange written',
    options: {},
    record: true,
    goal: RECORD_GOAL,
    completeness: WHOLE,
  },
  {
    name: 'polling, 0.007 % of the answers missing, alerts',
    options: { lost: 7 },
    record: false,
    goal: ALERTS_GOAL,
    completeness: WITH_LOSSES,
  },
  {
    name: 'a plant in an office, alerts',
    options: { office: 1.5 },
    record: false,
    goal: ALERTS_GOAL,
    completeness: WHOLE,
  },
];

/** Function codes that both alert on. */
const WATCHED = [15, 43];

interface Found {
  readonly requests: number;
  readonly alerts: number;
}

interface Turn {
  readonly ours: ChildCost;
  readonly theirs: ChildCost;
}

export function benchSuricata(
  launcher: string,
  packets: number,
  say: (text: string) => void,
): BenchResult {
  const program = process.env['LOCKKEEPER_SURICATA'] ?? 'suricata';
  const { stdout } = spawnSync(program, ['-V'], { encoding: 'utf8' });
  const [, version] = /version ([\d.]+)/.exec(stdout ?? '') ?? [];
  if (version === undefined) {
    say('suricata: not here (LOCKKEEPER_SURICATA names the program); compared with tshark only');
    const markdown =
      '## Suricata\n\nNot on this machine: nothing is said of it. Compared with tshark only.\n';
    return { passed: true, markdown };
  }
  const folder = mkdtempSync(join(tmpdir(), 'lockkeeper-bench-'));
  try {
    writeRules(folder);
    const results = CASES.map((each) =>
      benchCase(each, { program, launcher, packets, folder, say }),
    );
    return {
      passed: results.every(({ passed }) => passed),
      markdown: [
        `## Suricata ${version}`,
        '',
        'Both with a rule for function 15 and one for function 43, whole process, in turn; CPU seconds, medians of',
        `${ROUNDS} rounds. Suricata: one thread, no checksums, stream depth 0, EVE with alerts, or with alerts, modbus and flow.`,
        '',
        '| capture | packets | requests | lockkeeper | Suricata | alerts | Suricata | CPU s | Suricata | ratio | goal | MiB |',
        '| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |',
        ...results.map(({ row }) => row),
        '',
      ].join('\n'),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

interface Place {
  readonly program: string;
  readonly launcher: string;
  readonly packets: number;
  readonly folder: string;
  readonly say: (text: string) => void;
}

function benchCase(
  { name, options, record, goal, completeness }: Case,
  { program, launcher, packets, folder, say }: Place,
): { passed: boolean; row: string } {
  const capture = join(folder, 'capture.pcap');
  const generated = writeModbusCapture(capture, packets, options);
  const output = join(folder, 'output');
  const turns: Turn[] = [];
  let [found, theirs]: [Found, Found] = [NONE, NONE];
  let rssMib = 0;
  for (let i = 0; i < ROUNDS; i++) {
    const outputs = ['--stats', join(folder, 'stats'), '--alerts', join(folder, 'alerts')];
    const written = record ? ['--exchanges', join(folder, 'exchanges')] : [];
    const args = [
      'sensor',
      'read',
      '--rules',
      join(folder, 'rules'),
      ...outputs,
      ...written,
      capture,
    ];
    const ours = run(output, launcher, args);
    rmSync(join(folder, 'eve'), { recursive: true, force: true });
    mkdirSync(join(folder, 'eve'));
    const config = join(folder, record ? 'record.yaml' : 'alerts.yaml');
    const rules = join(folder, 'suricata.rules');
    const single = ['--runmode', 'single', '-k', 'none', '-l', join(folder, 'eve')];
    const peer = run(output, program, ['-c', config, '-S', rules, '-r', capture, ...single]);
    turns.push({ ours, theirs: peer });
    say(`suricata: ${name}: ${seconds(ours)} s against ${seconds(peer)} s`);
    [found, rssMib] = readOurs(folder);
    theirs = readTheirs(folder);
  }
  return verdict({ name, goal, completeness, generated, found, theirs, turns, rssMib });
}

const NONE: Found = { requests: 0, alerts: 0 };

interface Judged {
  readonly name: string;
  readonly goal: number;
  readonly completeness: number;
  readonly generated: GeneratedCapture;
  readonly found: Found;
  readonly theirs: Found;
  readonly turns: readonly Turn[];
  readonly rssMib: number;
}

/** Alerts are compared where Suricata read all requests too: it stops reading a connection at its first gap. */
function verdict(judged: Judged): { passed: boolean; row: string } {
  const { name, goal, completeness, generated, found, theirs, turns, rssMib } = judged;
  const ratio = median(turns.map((turn) => turn.ours.cpuSeconds / turn.theirs.cpuSeconds));
  const isWhole = found.requests >= generated.requests * completeness;
  const isSame = theirs.requests < generated.requests || found.alerts === theirs.alerts;
  const isCheap = ratio <= goal;
  const cost = (side: 'ours' | 'theirs') =>
    median(turns.map((turn) => turn[side].cpuSeconds)).toFixed(2);
  const cells = [
    `${name}${isWhole && isSame ? '' : ' **COUNTS DO NOT AGREE**'}`,
    generated.packets,
    generated.requests,
    `${found.requests} (${((100 * found.requests) / generated.requests).toFixed(2)} %)`,
    `${theirs.requests} (${((100 * theirs.requests) / generated.requests).toFixed(2)} %)`,
    found.alerts,
    theirs.alerts,
    cost('ours'),
    cost('theirs'),
    `**${ratio.toFixed(2)}**`,
    `${goal} ${isCheap ? 'reached' : 'MISSED'}`,
    rssMib,
  ];
  return { passed: isWhole && isSame && isCheap, row: `| ${cells.join(' | ')} |` };
}

interface Stats {
  readonly requests: { readonly modbus: number };
  readonly rss_mib: number;
}

interface AlertLine {
  readonly lockkeeper: { readonly alert: { readonly count: number } };
}

function readOurs(folder: string): [Found, number] {
  const stats = JSON.parse(readFileSync(join(folder, 'stats'), 'utf8')) as Stats;
  const lines = readFileSync(join(folder, 'alerts'), 'utf8').split('\n');
  const alerts = lines
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as AlertLine)
    .reduce((sum, { lockkeeper }) => sum + lockkeeper.alert.count, 0);
  return [{ requests: stats.requests.modbus, alerts }, stats.rss_mib];
}

interface EveLine {
  readonly event_type: string;
  readonly stats?: {
    readonly app_layer: { readonly tx: { readonly modbus: number } };
    readonly detect: { readonly alert: number };
  };
}

/** The last line but few is that of the totals. */
function readTheirs(folder: string): Found {
  const file = join(folder, 'eve', 'stats.json');
  if (statSync(file).size === 0) return NONE;
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  const { stats } = JSON.parse(lines.at(-1) ?? '{}') as EveLine;
  return stats === undefined
    ? NONE
    : { requests: stats.app_layer.tx.modbus, alerts: stats.detect.alert };
}

function writeRules(folder: string): void {
  const rules = join(folder, 'rules');
  mkdirSync(rules);
  copyFileSync(
    join(import.meta.dirname, '../../rules/attack-ics.yaml'),
    join(rules, 'attack-ics.yaml'),
  );
  for (const [i, code] of WATCHED.entries()) {
    writeFileSync(join(rules, `function-${code}.yaml`), ruleFor(code, i));
  }
  const theirs = WATCHED.map(
    (code, i) =>
      `alert modbus any any -> any any (msg:"function ${code}"; modbus: function ${code}; sid:${i + 1}; rev:1;)`,
  );
  writeFileSync(join(folder, 'suricata.rules'), `${theirs.join('\n')}\n`);
  writeFileSync(join(folder, 'classification.config'), '');
  writeFileSync(join(folder, 'alerts.yaml'), configFor(folder, ['alert']));
  writeFileSync(join(folder, 'record.yaml'), configFor(folder, ['alert', 'modbus', 'flow']));
}

const ruleFor = (code: number, i: number): string => `title: Function ${code}
id: 3f1c0d5e-0000-4000-8000-00000000000${i}
status: stable
description: A request of function ${code}.
author: Lockkeeper
date: 2026-12-01
logsource:
  product: lockkeeper
  service: modbus
detection:
  code:
    modbus.function.code: ${code}
  condition: code
level: low
lockkeeper:
  version: '1'
  action: function-${code}
  why: To be counted.
  steps:
    - None.
  message: '{what}'
  dedup: [source.ip, destination.ip]
`;

const configFor = (folder: string, types: readonly string[]): string => `%YAML 1.1
---
classification-file: ${folder}/classification.config
reference-config-file: ${folder}/classification.config
threshold-file: ${folder}/classification.config
outputs:
  - eve-log: {enabled: yes, filetype: regular, filename: eve.json, types: [${types.join(', ')}]}
  - eve-log: {enabled: yes, filetype: regular, filename: stats.json, types: [stats]}
stats: {enabled: yes, interval: 3600}
logging: {default-log-level: error, outputs: [{console: {enabled: yes}}]}
app-layer:
  protocols:
    modbus: {enabled: yes, detection-ports: {dp: 502}, stream-depth: 0}
    tls: {enabled: yes, detection-ports: {dp: 443}}
    http: {enabled: yes}
    dns: {tcp: {enabled: yes, detection-ports: {dp: 53}}, udp: {enabled: yes, detection-ports: {dp: 53}}}
stream:
  memcap: 1gb
  checksum-validation: no
  midstream: true
  reassembly: {memcap: 2gb, depth: 0}
flow: {memcap: 1gb, hash-size: 65536, prealloc: 10000}
`;
