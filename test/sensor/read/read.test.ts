import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeModbusCapture } from '../../bench/modbus-capture.ts';
import { captureFile } from '../../support/plant-capture.ts';

const PEER = 'test/captures/peers/modbus-libmodbus.pcap';
const OTHER_PEER = 'test/captures/peers/modbus-pymodbus-all-fcs.pcap';

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the real command, in a process of its own. */
function sensorRead(args: readonly string[], input?: Buffer): Ran {
  const ran = spawnSync(process.execPath, ['main.ts', 'sensor', 'read', ...args], {
    encoding: 'utf8',
    maxBuffer: 1e8,
    ...(input === undefined ? {} : { input }),
  });
  return { code: ran.status, out: ran.stdout, err: ran.stderr };
}

/** Clients that are told of as new writers; that of `PEER` writes five objects and scans too. */
const newWriters = (args: readonly string[]): readonly unknown[] => {
  const alerts = lines(sensorRead([PEER, ...args, '--alerts', '-']).out).filter(
    ({ event }) => (event as { action: string }).action === 'write-from-new-client',
  );
  return [...new Set(alerts.map(({ source }) => (source as { ip: string }).ip))];
};

const lines = (text: string): Record<string, unknown>[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

let folder = '';
const at = (name: string): string => join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockkeeper-read-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('sensor read', () => {
  test.for([
    ['nothing', ''],
    ['a function that nobody knows', '000100000006010800001234'],
    ['HTTP', '474554202f0d0a'],
  ] as const)('sees the same write to a PLC of the policy behind %s', ([, before]) => {
    const write = { from: '127.20.66.66', after: 0, before: Buffer.from(before, 'hex') };
    const capture = captureFile(at('odd.pcap'), [write]);
    const args = [capture, '--plant', 'policies/example-plant.yaml', '--alerts', '-'];
    const messages = lines(sensorRead(args).out).map(({ message }) => String(message));
    expect(messages.filter((text) => text.includes('wrote 1500'))).toHaveLength(2);
  });

  test('says in words what is in a capture', () => {
    const { code, out, err } = sensorRead([PEER]);
    expect(code).toBe(0);
    expect(err).toBe('');
    expect(out).toMatchInlineSnapshot(`
      "test/captures/peers/modbus-libmodbus.pcap: 48 packets, 3.8 kB
      from 2026-11-22 13:19:14 to 2026-11-22 13:19:14 UTC, 3.8 ms
      20 Modbus exchanges between 1 client and 1 server

      127.0.0.1:502  unit 1  LMB3.1.6
        127.0.0.1  writes   holding registers 4, 10-12, 20-22; coils 0-9  6×
                   reads    input registers 0-9; holding registers 0-9; discrete inputs 0-9; coils 0-9  14×
                   asks what it is  1×
                   refused: illegal-data-address 1×

      In the network
        127.0.0.1  controller, HMI

      Alerts
        high           127.0.0.1 scans 127.0.0.1: tried 9 different functions within a minute  (3×)
      "
    `);
  });

  test('writes every exchange, asset and the costs to files, and still says it in words', () => {
    const { code, out } = sensorRead([
      PEER,
      ...['--exchanges', at('ex'), '--assets', at('assets'), '--stats', at('stats')],
      ...['--alerts', at('alerts')],
    ]);
    expect(code).toBe(0);
    expect(out).toContain('20 Modbus exchanges');
    // The golden file is what decoding says; detectors add their facts.
    const golden = readFileSync(PEER.replace('.pcap', '.ndjson'), 'utf8');
    const detected = /"facts":\[\{"name":"scan[^\]]*\],?|,"facts":\[\{"name":"scan[^\]]*\]/g;
    expect(readFileSync(at('ex'), 'utf8').replaceAll(detected, '').replaceAll(',}', '}')).toBe(
      golden,
    );
    expect(lines(readFileSync(at('assets'), 'utf8'))).toMatchObject([
      { ip: '127.0.0.1', roles: ['client', 'server'], protocols: ['modbus'], ports: [502] },
    ]);
    expect(lines(readFileSync(at('stats'), 'utf8'))).toMatchObject([
      { packets: 48, exchanges: 20, requests: { modbus: 20 }, faults: {}, unread: {} },
    ]);
    const [stats] = lines(readFileSync(at('stats'), 'utf8'));
    expect(Object.keys(stats ?? {})).toEqual([
      ...[
        'packets',
        'duplicates',
        'bytes',
        'exchanges',
        'requests',
        'alerts',
        'faults',
        'links',
        'tunnels',
      ],
      ...['unread', 'cpu_s', 'rss_mib'],
    ]);
  });

  test('writes one of them to stdout, and nothing else', () => {
    const { out } = sensorRead([PEER, '--exchanges', '-']);
    expect(lines(out)).toHaveLength(20);
    const eve = lines(sensorRead([PEER, '--eve', '-']).out);
    expect(new Set(eve.map((record) => record['event_type']))).toEqual(
      new Set(['modbus', 'flow', 'alert']),
    );
  });

  test('reads stdin', () => {
    const { code, out } = sensorRead(['-', '--stats', '-'], readFileSync(PEER));
    expect(code).toBe(0);
    expect(lines(out)).toMatchObject([{ packets: 48, exchanges: 20 }]);
  });

  test('reads several files as one capture: frame numbers go on', () => {
    const { out } = sensorRead([PEER, OTHER_PEER, '--exchanges', '-']);
    const frames = lines(out).map(
      (line) => (line['lockkeeper'] as { frames: { request: number[] } }).frames.request[0] ?? 0,
    );
    expect(frames).toEqual([...frames].sort((a, b) => a - b));
    expect(Math.max(...frames)).toBeGreaterThan(48);
  });

  test('a connection goes on from one file to the next', () => {
    const whole = readFileSync(PEER);
    // After the file header and some records: cut at a record boundary.
    let cut = 24;
    for (let i = 0; i < 25; i++) cut += 16 + whole.readUInt32LE(cut + 8);
    writeFileSync(at('1.pcap'), whole.subarray(0, cut));
    writeFileSync(at('2.pcap'), Buffer.concat([whole.subarray(0, 24), whole.subarray(cut)]));
    const { out } = sensorRead([at('1.pcap'), at('2.pcap'), '--exchanges', '-']);
    expect(out).toBe(sensorRead([PEER, '--exchanges', '-']).out);
  });
});

describe('exit codes', () => {
  test.for([
    ['no file', [], 'no FILE to read'],
    ['an unknown option', [PEER, '--frobnicate'], 'unknown option `--frobnicate`\n'],
    ['two outputs to stdout', [PEER, '--stats', '-', '--assets', '-'], 'only one of'],
    ['stdin twice', ['-', '-'], 'only once'],
    ['a wrong time', [PEER, '--learn-until', 'noon'], 'neither a time'],
    ['learning in two ways', [PEER, '--learn', '--learn-until', 'frame:9'], 'not both'],
    ['a file that is not there', ['/nonexistent.pcap'], 'cannot be opened'],
    ['a file that is no capture', ['package.json'], 'package.json'],
    ['an output that cannot be written', [PEER, '--stats', '/nonexistent/x'], 'cannot be written'],
    ['rules that are not there', [PEER, '--rules', '/nonexistent'], 'cannot be read'],
    ['a policy that is not there', [PEER, '--plant', '/nonexistent'], 'cannot be read'],
    ['a policy that is none', [PEER, '--plant', 'package.json'], 'package.json:'],
    [
      'a baseline that cannot be saved',
      [PEER, '--learn', '--baseline', '/nonexistent/x.json'],
      '--baseline `/nonexistent/x.json` cannot be written: no such file or directory',
    ],
    [
      'evidence in a folder that is not there',
      [PEER, '--evidence', '/nonexistent/a/b'],
      '--evidence `/nonexistent/a/b` cannot be made: there is no folder `/nonexistent/a`',
    ],
    [
      'evidence where no folder can be made',
      [PEER, '--evidence', '/proc/evidence'],
      '--evidence `/proc/evidence` cannot be written: no such file or directory',
    ],
    [
      'evidence at a file',
      [PEER, '--evidence', 'package.json'],
      '--evidence `package.json` cannot be written: file already exists',
    ],
    [
      'logs of Zeek to stdout',
      [PEER, '--zeek', '-'],
      '--zeek writes a folder of logs, and no stdout',
    ],
    [
      'logs of Zeek in a folder that is not there',
      [PEER, '--zeek', '/nonexistent/a/b'],
      '--zeek `/nonexistent/a/b` cannot be made: there is no folder `/nonexistent/a`',
    ],
    ['a baseline that is not there', [PEER, '--baseline', '/nonexistent'], 'cannot be read'],
  ] as const)('2 for %s', ([, args, complaint]) => {
    const { code, err } = sensorRead(args);
    expect(code).toBe(2);
    expect(err).toContain(complaint);
    expect(err).not.toMatch(/^\s+at /m);
  });

  test.for([
    ['--stats', '/dev/full'],
    ['--exchanges', '/dev/full'],
    ['--eve', '/dev/full'],
  ] as const)('3 where %s takes no more, in one sentence', (output) => {
    expect(sensorRead([PEER, ...output])).toEqual({
      code: 3,
      out: '',
      err: 'lockkeeper sensor: `/dev/full` cannot be written: no space left on device\n',
    });
  });

  test('2 for files of which none is a capture, and no summary of nothing', () => {
    const { code, out, err } = sensorRead(['package.json', '/nonexistent.pcap']);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain('`package.json`');
    expect(err).toContain('`/nonexistent.pcap` cannot be opened');
  });

  test('2 for one of several that is no capture; the others are read', () => {
    const { code, out } = sensorRead([PEER, 'package.json', '--stats', '-']);
    expect(code).toBe(2);
    expect(lines(out)).toMatchObject([{ exchanges: 20 }]);
  });

  test('0 for a capture that was cut, with the damage said', () => {
    writeFileSync(at('cut.pcap'), readFileSync(PEER).subarray(0, 4000));
    const { code, out, err } = sensorRead([at('cut.pcap')]);
    expect(code).toBe(0);
    expect(err).toContain(`warning: \`${at('cut.pcap')}\`: `);
    expect(out).toContain('Not read');
    expect(out).toContain('cut.pcap: ');
    const machine = sensorRead([at('cut.pcap'), '--stats', '-']);
    expect(lines(machine.out)).toMatchObject([{ faults: { 'capture.truncated': 1 } }]);
    expect([machine.code, machine.err]).toEqual([0, err]);
  });

  test('0 for --help', () => {
    expect(sensorRead(['--help'])).toMatchObject({ code: 0, err: '' });
  });
});

describe('alerts', () => {
  /** A client that tries functions that the server does not have: `modbus-raw-exceptions` and more. */
  const scan = 'test/captures/peers/modbus-raw-exceptions-pipelined-split.pcap';

  test('of a rule of one`s own, with the packets behind it', () => {
    const own = mkdtempSync(join(folder, 'rules-'));
    writeFileSync(join(own, 'attack-ics.yaml'), readFileSync('rules/attack-ics.yaml'));
    const shipped = readFileSync('rules/function-code-scan.yaml', 'utf8');
    writeFileSync(
      join(own, 'refused.yaml'),
      shipped.replace(/\ndetection:\n(?: .*\n|\n)+/, REFUSED),
    );
    const { code, out, err } = sensorRead([
      ...[scan, '--rules', own, '--alerts', at('al'), '--evidence', at('evidence')],
    ]);
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain('Alerts');
    const [alert] = lines(readFileSync(at('al'), 'utf8')) as unknown as {
      lockkeeper: { frames: number[]; evidence: { pcap: string; complete: boolean } };
    }[];
    const { evidence, frames } = alert?.lockkeeper ?? {};
    expect(evidence?.complete).toBe(true);
    const read = ['-n', '-r', evidence?.pcap ?? '', '-T', 'fields', '-e', 'frame.comment'];
    const comments = execFileSync('tshark', read, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    for (const frame of frames ?? []) expect(comments).toContain(`frame ${frame}: evidence`);
    expect(readdirSync(at('evidence')).length).toBeGreaterThan(0);
  });

  test('of operations that no conduit of the plant policy allows', () => {
    const { out } = sensorRead([PEER, '--plant', 'policies/example-plant.yaml', '--alerts', '-']);
    const refused = lines(out).filter(
      ({ event }) => (event as { action: string }).action === 'operation-not-allowed',
    );
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]).toMatchObject({
      lockkeeper: { policy: { allowed: false, because: [expect.any(String)] } },
    });
  });

  test('none of a writer that was learned, one of a writer that was not', () => {
    const baseline = at('baseline.json');
    expect(sensorRead([PEER, '--learn', '--baseline', baseline]).code).toBe(0);
    expect(existsSync(baseline)).toBe(true);
    expect(newWriters(['--baseline', baseline])).toEqual([]);
    writeFileSync(baseline, '{"format":1,"writers":[]}');
    expect(newWriters(['--baseline', baseline])).toHaveLength(1);
  });

  test.for([
    ['frame:47', 0],
    ['frame:1', 1],
    ['2026-11-22T23:00:00Z', 0],
    ['2020-01-01T00:00:00Z', 1],
  ] as const)('after learning until %s', ([until, count]) => {
    expect(newWriters(['--learn-until', until])).toHaveLength(count);
  });
});

const REFUSED = `
detection:
  refused:
    modbus.exception.code: 1
  condition: refused
`;

describe('stdout', () => {
  const PACKETS = 20_000;
  let capture = '';
  let requests = 0;
  beforeAll(() => {
    capture = at('large.pcap');
    requests = writeModbusCapture(capture, PACKETS).requests;
  });

  /** Starts a reading of some megabytes of NDJSON. */
  const start = () => {
    const args = ['main.ts', 'sensor', 'read', capture, '--exchanges', '-'];
    const child = spawn(process.execPath, args);
    let complaints = '';
    child.stderr.on('data', (data: Buffer) => {
      complaints += data.toString();
    });
    const ended = new Promise<readonly [number | null, string]>((resolve) => {
      child.on('close', (code) => resolve([code, complaints]));
    });
    return { child, ended };
  };

  test('may be closed by a reader that has enough', async () => {
    const { child, ended } = start();
    child.stdout.once('data', () => child.stdout.destroy());
    expect(await ended).toEqual([0, '']);
  });

  test('may be slow: nothing is lost', async () => {
    const { child, ended } = start();
    let received = 0;
    child.stdout.on('data', (data: Buffer) => {
      for (const byte of data) if (byte === 10) received++;
      // A pause at each piece fills the pipe again and again.
      child.stdout.pause();
      setTimeout(() => child.stdout.resume(), 5);
    });
    expect(await ended).toEqual([0, '']);
    expect(received).toBe(requests);
  });
});
