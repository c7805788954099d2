/** `lockkeeper rules COMMAND`. */
import { join } from 'node:path';
import { rulesCommand } from '#sensor/judge/rules-command.ts';
import { loadOrSay } from '#sensor/run/command.ts';

export function main(args: readonly string[]): Promise<number> {
  const code = rulesCommand(args, {
    write: (text) => process.stdout.write(text),
    complain: (text) => process.stderr.write(text),
    ownRules: join(import.meta.dirname, '../../rules'),
    loadPlant: loadOrSay,
  });
  return Promise.resolve(code);
}
