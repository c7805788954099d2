/** `lockkeeper sensor COMMAND`: the table of subcommands. */
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { micros } from '#sensor/model/time.ts';
import { LineWriter } from '#sensor/output/lines.ts';
import { readCommand } from '#sensor/read/read.ts';
import type { CommandIo } from '#sensor/run/command.ts';

const OWN_RULES = join(import.meta.dirname, '../rules');

interface Subcommand {
  readonly does: string;
  readonly run: (args: readonly string[]) => number | Promise<number>;
}

const SUBCOMMANDS: ReadonlyMap<string, Subcommand> = new Map<string, Subcommand>([
  ['read', { does: 'decode and detect from captures', run: read }],
  ['run', { does: 'watch a network', run }],
  ['enrol', { does: 'make the sensor known to its broker', run: enrol }],
]);

export async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  const subcommand = SUBCOMMANDS.get(name ?? '');
  if (subcommand !== undefined) return subcommand.run(rest);
  const lines = [...SUBCOMMANDS].map(([key, { does }]) => `  ${key.padEnd(8)}  ${does}`);
  const usage = `usage: lockkeeper sensor COMMAND\n\n${lines.join('\n')}\n`;
  if (name === '--help' || name === '-h' || name === undefined) {
    process.stdout.write(usage);
    return name === undefined ? 2 : 0;
  }
  process.stderr.write(`lockkeeper sensor: no command \`${name}\`\n\n${usage}`);
  return 2;
}

function read(args: readonly string[]): number {
  return readCommand(args, {
    write: writeOut,
    complain: (text) => process.stderr.write(text),
    ansi: process.stdout.isTTY && process.env['NO_COLOR'] === undefined,
    cost: () => {
      const { user, system } = process.cpuUsage();
      return {
        cpuSeconds: (user + system) / 1e6,
        rssMib: process.resourceUsage().maxRSS / 1024,
      };
    },
    ownRules: OWN_RULES,
    seed: crypto.getRandomValues(new Int32Array(1))[0] ?? 0,
  });
}

/** A reader that goes away (`| head`) is no error. */
function writeOut(text: string): void {
  const out = new LineWriter('-');
  out.line(text.trimEnd());
  out.close();
}

// What lives long needs much more of the product than `read`, which should start at once.
async function run(args: readonly string[]): Promise<number> {
  const { runCommand } = await import('#sensor/run/command.ts');
  return runCommand(args, await commandIo());
}

async function enrol(args: readonly string[]): Promise<number> {
  const { enrolCommand } = await import('#sensor/run/command.ts');
  return enrolCommand(args, await commandIo());
}

/** The process around the long-lived commands: its clock, its signals, its log on stderr. */
async function commandIo(): Promise<CommandIo> {
  const [{ default: pino }, { logLine }] = await Promise.all([
    import('pino'),
    import('#sensor/run/log.ts'),
  ]);
  const logger = pino(
    { base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: 2, sync: true }),
  );
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  return {
    write: (text) => process.stdout.write(text),
    complain: (text) => process.stderr.write(text),
    input: () => text(process.stdin),
    clock: () => micros(Date.now() * 1000),
    wait: (ms, signal) => sleep(ms, undefined, { signal }),
    random: Math.random,
    seed: crypto.getRandomValues(new Int32Array(1))[0] ?? 0,
    stop: stop.signal,
    news: (news) => {
      const { level, message, fields } = logLine(news);
      logger[level](fields, message);
    },
    ownRules: OWN_RULES,
  };
}
