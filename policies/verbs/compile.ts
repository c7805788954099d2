/** `policy compile`: what enforces a policy elsewhere, made of it. */
import { nftables } from '../compile/nftables.ts';
import { checkRuleset } from '../firewall/kernel.ts';
import { NO, OK, optionsOf, readPlant, UsageError, type Verb } from './verb.ts';

export const compileVerb: Verb = {
  usage: 'FILE --target nftables [--check]',
  does: 'what enforces it elsewhere, made of it',
  more: [
    '--target nftables    the ruleset of a Linux router between the zones',
    '--check              this kernel would take it; nothing is loaded or printed',
    'lockkeeper policy compile plant.yaml --target nftables | sudo nft -f -',
  ],
  run: (args) => {
    const { values, positionals } = optionsOf(args, {
      target: { type: 'string' },
      check: { type: 'boolean' },
    });
    const [file, ...rest] = positionals;
    if (rest.length > 0) throw new UsageError('compile takes one FILE');
    if (values.target !== 'nftables') throw new UsageError('compile needs --target nftables');
    const plant = readPlant(file, false);
    if (plant === undefined) return NO;
    const ruleset = nftables(plant);
    if (values.check !== true) {
      process.stdout.write(ruleset);
      return OK;
    }
    const said = checkRuleset(ruleset);
    if (said.kind === 'refused') throw new UsageError(`the kernel refuses it: ${said.because}`);
    process.stdout.write(`the kernel would take the rules of ${file}\n`);
    return OK;
  },
};
