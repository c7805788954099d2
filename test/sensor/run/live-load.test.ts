/**
 * The whole sensor on an interface under load: nothing is dropped. Briefly in `npm test`, at rates of a busy plant in
 * `npm run prove live`, where also the goals of CPU and latency are held; only there, because they need the machine alone.
 */
import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeModbusCapture } from '../../bench/modbus-capture.ts';
import type { LiveLoad } from '../../support/live-load-result.ts';
import { runs } from '../../support/runs.ts';

const BRIEF_SECONDS = 2;
const seconds = runs(BRIEF_SECONDS);
const isProof = seconds > BRIEF_SECONDS;

interface Load {
  readonly perSecond: number;
  readonly seconds: number;
  /** Of one core, and milliseconds of the slowest hundredth; undefined where there is no goal. */
  readonly core?: number;
  readonly p99?: number;
}

const LOADS: readonly Load[] = isProof
  ? [
      { perSecond: 200_000, seconds, core: 0.4, p99: 20 },
      { perSecond: 400_000, seconds: 5 },
    ]
  : [{ perSecond: 20_000, seconds }];

const { LOCKKEEPER_NOTES: notes } = process.env;
const note = (line: string): void => {
  if (notes !== undefined) appendFileSync(notes, `${line}\n`);
};

/** A network namespace of its own needs root, and the load a sender. */
const may = process.getuid?.() === 0 && existsSync('/usr/bin/tcpreplay');
if (!may) console.log('no root or no tcpreplay here: the sensor is tried under no live load');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'live-load-'));
  note('| asked | sent | seconds | dropped | of a core | p50 ms | p99 ms |');
  note('| --- | --- | --- | --- | --- | --- | --- |');
});
afterAll(() => rmSync(folder, { recursive: true }));

function load({ perSecond, seconds: length }: Load): LiveLoad & { readonly sent: number } {
  const capture = join(folder, 'load.pcap');
  const sent = perSecond * length;
  writeModbusCapture(capture, sent);
  const program = join(import.meta.dirname, '../../support/live-load.ts');
  const args = ['-n', process.execPath, program, capture, `${sent}`, `${perSecond}`];
  const printed = execFileSync('unshare', args, { encoding: 'utf8', maxBuffer: 16_777_216 });
  rmSync(capture);
  return { sent, ...(JSON.parse(printed) as LiveLoad) };
}

describe.runIf(may)('the sensor on an interface', () => {
  test.each(LOADS)('hears all of $perSecond packets a second', (asked) => {
    const heard = load(asked);
    const { rate, dropped, core, p50, p99 } = heard;
    const numbers = [Math.round(rate), asked.seconds, dropped, core, p50, p99];
    const shown = numbers.map((each) => each.toLocaleString('en', { maximumFractionDigits: 2 }));
    note(`| ${asked.perSecond.toLocaleString('en')} | ${shown.join(' | ')} |`);
    expect(heard).toMatchObject({ dropped: 0, delivered: heard.sent, trouble: [] });
    if (asked.core !== undefined) expect(core).toBeLessThanOrEqual(asked.core);
    if (asked.p99 !== undefined) expect(p99).toBeLessThanOrEqual(asked.p99);
  });
});
