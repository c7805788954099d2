/** The capture that is shipped for machines that may not listen, as the sensor reads it with the example policy. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Alert } from '#sensor/model/alert.ts';
import { readCommand } from '#sensor/read/read.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockkeeper-capture-'));
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

function read(output: 'alerts' | 'exchanges'): string {
  const said: string[] = [];
  const file = join(folder, output);
  const policy = ['--plant', 'policies/example-plant.yaml'];
  const code = readCommand(['deploy/demo/plant.pcap', ...policy, `--${output}`, file], {
    write: (text) => said.push(text),
    complain: (text) => said.push(text),
    ansi: false,
    cost: () => ({ cpuSeconds: 0, rssMib: 0 }),
    ownRules: 'rules',
    seed: 1,
  });
  expect(code, said.join('')).toBe(0);
  return readFileSync(file, 'utf8');
}

const documents = <T>(text: string): T[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);

const ROGUE = '127.20.66.66';

describe('the shipped capture', () => {
  test('accuses the stranger, of both writes, and nobody else', () => {
    const alerts = documents<Alert>(read('alerts'));
    expect(new Set(alerts.map(({ source }) => source?.ip))).toEqual(new Set([ROGUE]));
    const refused = alerts.filter(({ event }) => event.action === 'operation-not-allowed');
    expect(refused.map(({ message }) => message)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^127\.20\.66\.66 wrote 1500 to holding register 100 .* on plc-12/),
        expect.stringMatching(/^127\.20\.66\.66 wrote 15\.5 to node .* on boiler-1/),
      ]),
    );
  });

  test('shows a panel that signs and writes, and a historian of whom only the channel is known', () => {
    interface Line {
      readonly source: { readonly ip: string };
      readonly opcua?: {
        readonly message_type: string;
        readonly service?: { readonly name?: string };
        readonly security?: { readonly mode?: string; readonly encrypted?: boolean };
      };
    }
    const lines = documents<Line>(read('exchanges'));
    const of = (ip: string) =>
      lines.flatMap(({ source, opcua }) => (source.ip === ip && opcua ? [opcua] : []));
    expect(of('127.20.2.10').some(({ service }) => service?.name === 'Write')).toBe(true);
    const said = of('127.20.2.30').filter(
      ({ message_type, security }) => message_type === 'MSG' && security?.encrypted === true,
    );
    expect(said.length).toBeGreaterThan(10);
    expect(said.every(({ service }) => service === undefined)).toBe(true);
  });
});
