/** `lockkeeper COMMAND`: the command table. Each command lives in the part that it belongs to. */

import { version } from './deploy/doctor/version.ts';

interface Command {
  readonly usage: string;
  readonly does: string;
  readonly load: () => Promise<{ main(args: readonly string[]): Promise<number> }>;
}

const COMMANDS: ReadonlyMap<string, Command> = new Map<string, Command>([
  [
    'demo',
    {
      usage: 'demo [attack [NAME]]',
      does: 'the example plant, with sensor, broker, console and portal',
      load: () => import('./deploy/demo/main.ts'),
    },
  ],
  [
    'sensor',
    {
      usage: 'sensor read|run|enrol',
      does: 'decode captures, or watch a network',
      load: () => import('#sensor/main.ts'),
    },
  ],
  [
    'broker',
    {
      usage: 'broker --config F',
      does: 'the broker: API, console, portal, gate',
      load: () => import('#broker/main.ts'),
    },
  ],
  [
    'connect',
    {
      usage: 'connect GRANT',
      does: "the vendor's side of a granted session",
      load: () => import('#broker/connect/main.ts'),
    },
  ],
  [
    'policy',
    {
      usage: 'policy lint|test|plan|learn|...',
      does: 'check, plan, learn, simulate and compile a plant policy',
      load: () => import('#policies/main.ts'),
    },
  ],
  [
    'rules',
    {
      usage: 'rules lint|test|explain',
      does: 'check detection rules',
      load: () => import('#sensor/detect/main.ts'),
    },
  ],
  [
    'audit',
    {
      usage: 'audit verify DIR --key F',
      does: 'verify the audit log offline',
      load: () => import('#broker/audit/main.ts'),
    },
  ],
  [
    'firmware',
    {
      usage: 'firmware verify PACKAGE --trust DIR',
      does: "check a vendor's firmware package: signature, files, SBOM",
      load: () => import('#sbom/main.ts'),
    },
  ],
  [
    'doctor',
    {
      usage: 'doctor',
      does: 'what is missing on this machine, and the command that mends it',
      load: () => import('./deploy/doctor/main.ts'),
    },
  ],
]);

function help(): string {
  const width = Math.max(...[...COMMANDS.values()].map((c) => c.usage.length));
  const lines = [...COMMANDS.values()].map((c) => `  ${c.usage.padEnd(width)}  ${c.does}`);
  return `usage: lockkeeper COMMAND\n\n${lines.join('\n')}\n\nlockkeeper COMMAND --help says more; lockkeeper --version says which one this is.\n`;
}

/**
 * What a command did not answer itself: the machine refused something, or we have a bug. One sentence;
 * for a bug the stack too, since that is what a report of it needs.
 */
function faultText(command: string, error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'ERR_BUG';
  // Errors of the machine and failed starts carry a code; those that Node begins with ERR_ are misuse of it.
  if (!code.startsWith('ERR_')) return `lockkeeper ${command}: ${message}\n`;
  const stack = error instanceof Error ? error.stack : undefined;
  return `lockkeeper ${command}: stopped by a fault of its own: ${message}\n${stack ?? ''}\n`;
}

const FAULT = 3;

async function run(command: string, load: Command['load'], args: readonly string[]): Promise<void> {
  try {
    const { main } = await load();
    process.exitCode = await main(args);
  } catch (error) {
    process.stderr.write(faultText(command, error));
    // What the command has left open must not keep the process alive.
    process.exit(FAULT);
  }
}

const [name, ...args] = process.argv.slice(2);
const command = COMMANDS.get(name ?? '');
if (name !== undefined && command !== undefined) {
  await run(name, command.load, args);
} else if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
  process.stdout.write(help());
} else if (name === '--version') {
  process.stdout.write(`lockkeeper ${version()}\n`);
} else {
  process.stderr.write(`lockkeeper: no command \`${name}\`\n\n${help()}`);
  process.exitCode = 2;
}
