/** `policy compile`: what enforces a policy elsewhere, made of it. */
import { type GateWays, nftables } from '../compile/nftables.ts';
import { checkRuleset } from '../firewall/kernel.ts';
import { NO, OK, optionsOf, readPlant, UsageError, type Verb } from './verb.ts';

export const compileVerb: Verb = {
  usage: 'FILE --target nftables [--gate granted|open] [--check]',
  does: 'what enforces it elsewhere, made of it',
  more: [
    '--target nftables    the ruleset of a Linux router between the zones',
    '--gate               ways from a gate: open while a grant lives (granted), or always, and the gate decides (open)',
    '--check              this kernel would take it; nothing is loaded or printed',
    'lockkeeper policy compile plant.yaml --target nftables | sudo nft -f -',
  ],
  run: (args) => {
    const { values, positionals } = optionsOf(args, {
      target: { type: 'string' },
      gate: { type: 'string' },
      check: { type: 'boolean' },
    });
    const [file, ...rest] = positionals;
    if (rest.length > 0) throw new UsageError('compile takes one FILE');
    if (values.target !== 'nftables') throw new UsageError('compile needs --target nftables');
    const plant = readPlant(file, false);
    if (plant === undefined) return NO;
    const ruleset = nftables(plant, gateWaysOf(values.gate));
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

/** @throws UsageError */
export function gateWaysOf(asked: string | undefined): GateWays {
  const found = (['granted', 'open'] as const).find((each) => each === (asked ?? 'granted'));
  if (found === undefined) throw new UsageError('`--gate` is granted or open');
  return found;
}
