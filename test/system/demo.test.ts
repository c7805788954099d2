/** `npm start` as a newcomer meets it: the example plant, its attacks, the end, the second start. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AlertPageView } from '#broker/api/views.ts';
import { ATTACKS } from '../../deploy/demo/attack.ts';
import { runToEnd } from '../../deploy/demo/child.ts';
import { BROKER } from '../../deploy/demo/plan.ts';
import { runs } from '../support/runs.ts';
import { Person } from './person.ts';
import { MAIN, until } from './site.ts';

const ORIGIN = `http://localhost:${BROKER.loopback.port}`;
/** Long enough for the HMI to poll hundreds of times and to write once; `prove quiet` listens much longer. */
const QUIET_MS = runs(50) * 1000;

class Demo {
  output = '';
  readonly #child: ChildProcess;

  constructor(folder: string, ...options: readonly string[]) {
    this.#child = spawn(process.execPath, [MAIN, 'demo', '--data', folder, ...options], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.output += chunk.toString();
      });
    }
  }

  async ready(): Promise<Person> {
    await until('the demo is ready', 60_000, () => {
      if (this.#child.exitCode !== null) throw new Error(this.output);
      return this.output.includes('Four things to try') || undefined;
    });
    return Person.signIn(ORIGIN, 'anna');
  }

  /** Ctrl-C; gives the exit code. */
  async interrupt(): Promise<number> {
    this.#child.kill('SIGINT');
    return until('the demo ends', 30_000, () => this.#child.exitCode ?? undefined);
  }
}

async function alerts(anna: Person): Promise<AlertPageView['items']> {
  return (await anna.get<AlertPageView>('/api/alerts')).items;
}

const ruleSeen = (anna: Person, rule: string) => async () =>
  (await alerts(anna)).find((row) => row.rule.toLowerCase().includes(rule));

describe('the demo', { timeout: QUIET_MS + 200_000 }, () => {
  let folder: string;
  let demo: Demo;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'lockkeeper-demo-'));
  });

  afterEach(async () => {
    await demo.interrupt().catch(() => undefined);
    rmSync(folder, { recursive: true, force: true });
  });

  test('is quiet by itself, raises an alert for each attack within 5 s, and goes on after Ctrl-C', async () => {
    demo = new Demo(folder);
    await demo.ready();
    await sleep(QUIET_MS);
    // Signed in anew: a long quiet outlives a browser's session.
    const anna = await Person.signIn(ORIGIN, 'anna');
    expect(await alerts(anna)).toEqual([]);

    for (const [attack, rule] of [
      ['rogue-write', 'not allowed'],
      ['scan', 'scan'],
      ['write-burst', 'burst'],
      ['opcua-browse', 'browse sweep'],
      ['opcua-write', 'anonymous opc ua'],
    ] as const) {
      const { code, output } = await runToEnd([MAIN, 'demo', 'attack', attack]);
      expect(output).toContain(attack);
      expect(code).toBe(0);
      await until(`an alert for ${attack}`, 5_000, ruleSeen(anna, rule));
    }

    // The boiler's own alert of the policy, beside those of the press that came before.
    const { items } = await anna.get<AlertPageView>('/api/alerts');
    expect(items.map(({ message }) => message)).toContainEqual(
      expect.stringMatching(
        /^127\.20\.66\.66 wrote 15\.5 to node .*Boiler\.PressureSetPoint on boiler-1: no conduit/,
      ),
    );
    const names = [...ATTACKS.keys()];
    const all = await runToEnd([MAIN, 'demo', 'attack']);
    expect(all.code).toBe(0);
    expect(all.output.match(/^[a-z-]+(?=: )/gm)?.slice(0, names.length)).toEqual(names);

    const second = await runToEnd([MAIN, 'demo', '--data', folder]);
    expect(second.code).toBe(2);
    expect(second.output).toMatch(/port \d+ on 127\.[\d.]+ \(.+\) is in use/);

    const before = (await alerts(anna)).map((row) => row.id).sort();
    expect(await demo.interrupt()).toBe(0);
    demo = new Demo(folder);
    const again = await demo.ready();
    const after = (await alerts(again)).map((row) => row.id).sort();
    expect(after).toEqual(expect.arrayContaining(before));
  });

  test('replays its shipped capture where it may not listen', async () => {
    demo = new Demo(folder, '--replay');
    const anna = await demo.ready();
    const alert = await until('the alert of the capture', 120_000, ruleSeen(anna, 'not allowed'));
    expect(alert.message).toContain('127.20.66.66 wrote 1500');
    const boiler = await until(
      'the alert of the boiler',
      30_000,
      ruleSeen(anna, 'anonymous opc ua'),
    );
    expect(boiler.message).toMatch(/^127\.20\.66\.66 wrote 15\.5 to node .* on boiler-1/);
    // The press, the panel and the historian of the capture do nothing that anybody need look at.
    const sources = (await alerts(anna)).map(({ source }) => source?.split(':')[0]);
    expect(new Set(sources)).toEqual(new Set(['127.20.66.66']));
  });

  test('attacks nothing but its own plant', async () => {
    demo = new Demo(folder);
    await demo.ready();
    const refused = await runToEnd([MAIN, 'demo', 'attack', 'rogue-write', '192.0.2.1']);
    expect(refused.code).toBe(2);
    const unknown = await runToEnd([MAIN, 'demo', 'attack', 'flood']);
    expect(unknown.code).toBe(2);
    expect(unknown.output).toContain('flood');
    for (const name of ATTACKS.keys()) expect(unknown.output).toContain(name);
  });
});
