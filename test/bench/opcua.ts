/**
 * CPU of `lockkeeper sensor read --exchanges` against tshark on the same OPC UA capture.
 *
 * Both programs run in turn, and first it is checked that they saw the same messages.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type GeneratedOpcua, writeOpcuaCapture } from './opcua-capture.ts';
import { type BenchResult, median, type Round, run, seconds, versions } from './rounds.ts';

const PACKETS = 1_500_000;
const ROUNDS = 3;
/** Times less CPU than tshark takes. */
const GOAL = 25;

const TSHARK_FIELDS = [
  'frame.time_epoch',
  'ip.src',
  'ip.dst',
  'opcua.security.rqid',
  'opcua.servicenodeid.numeric',
];

export function benchOpcua(launcher: string, say: (text: string) => void): BenchResult {
  const folder = mkdtempSync(join(tmpdir(), 'lockkeeper-bench-'));
  try {
    const capture = join(folder, 'opcua.pcap');
    const generated = writeOpcuaCapture(capture, PACKETS);
    say(`opcua: ${generated.packets} packets, ${generated.requests} requests`);
    const rounds: Round[] = [];
    for (let i = 0; i < ROUNDS; i++) {
      const outputs = ['--stats', '-', '--exchanges', join(folder, 'ours.ndjson')];
      const ours = run(join(folder, 'ours.json'), launcher, [
        'sensor',
        'read',
        ...outputs,
        capture,
      ]);
      const fields = TSHARK_FIELDS.flatMap((field) => ['-e', field]);
      const args = ['-n', '-r', capture, '-Y', 'opcua', '-T', 'fields', ...fields];
      const tshark = run(join(folder, 'tshark.tsv'), 'tshark', args);
      rounds.push({ ours, tshark });
      say(`opcua: round ${i + 1}: ${seconds(ours)} s against ${seconds(tshark)} s`);
    }
    return report(generated, rounds, folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

interface Stats {
  readonly packets: number;
  readonly requests: { readonly opcua: number };
  readonly faults: Readonly<Record<string, number>>;
  readonly rss_mib: number;
}

function report(generated: GeneratedOpcua, rounds: readonly Round[], folder: string): BenchResult {
  const stats = JSON.parse(readFileSync(join(folder, 'ours.json'), 'utf8')) as Stats;
  const rows = readFileSync(join(folder, 'tshark.tsv'), 'utf8').split('\n');
  // Each message has a service id; HEL and ACK have none.
  const messages = rows.filter((row) => (row.split('\t')[4] ?? '') !== '').length;
  const { packets, requests, bytes } = generated;
  const same =
    stats.packets === packets &&
    stats.requests.opcua === requests &&
    messages === requests * 2 &&
    Object.keys(stats.faults).length === 0;
  const ratios = rounds.map(({ ours, tshark }) => tshark.cpuSeconds / ours.cpuSeconds);
  const ratio = median(ratios);
  const passed = same && ratio >= GOAL;
  return {
    passed,
    markdown: [
      '## OPC UA: `sensor read --exchanges` against tshark',
      '',
      `Generated capture: ${packets} packets, ${(bytes / 1e6).toFixed(0)} MB, 100 sessions that read 20 nodes again and again, one request in 50 a write (test/bench/opcua-capture.ts).`,
      `${versions()}. Both programs in turn, ${ROUNDS} rounds, whole process.`,
      '',
      '| count | written | lockkeeper | tshark |',
      '| --- | --- | --- | --- |',
      `| packets | ${packets} | ${stats.packets} | - |`,
      `| requests | ${requests} | ${stats.requests.opcua} | - |`,
      `| messages | ${requests * 2} | - | ${messages} |`,
      '',
      `The counts ${same ? 'agree' : 'DO NOT AGREE'}.`,
      '',
      '| round | lockkeeper CPU s | tshark CPU s | ratio |',
      '| --- | --- | --- | --- |',
      ...rounds.map(
        ({ ours, tshark }, i) =>
          `| ${i + 1} | ${seconds(ours)} | ${seconds(tshark)} | ${(ratios[i] ?? 0).toFixed(1)} |`,
      ),
      '',
      `Median ratio **${ratio.toFixed(1)}**, goal at least ${GOAL}: ${passed ? 'reached' : 'MISSED'}. Largest memory of lockkeeper ${stats.rss_mib} MiB.`,
    ].join('\n'),
  };
}
