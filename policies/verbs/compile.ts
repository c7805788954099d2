/** `policy compile`: what enforces a policy, made of it. */
import { type GateWays, nftables } from '../compile/nftables.ts';
import { type Row, tablesOf } from '../compile/table.ts';
import { checkRuleset } from '../firewall/kernel.ts';
import type { Plant } from '../plant.ts';
import { NO, OK, optionsOf, print, readPlant, UsageError, type Verb } from './verb.ts';

export const compileVerb: Verb = {
  usage: 'FILE --target nftables [--gate granted|open] [--check] | --target table [--json]',
  does: 'what enforces it, made of it',
  more: [
    '--target nftables    the ruleset of a Linux router between the zones',
    '--gate               ways from a gate: open while a grant lives (granted), or always, and the gate decides (open)',
    '--check              this kernel would take it; nothing is loaded or printed',
    '--target table       what the gate looks through for each request, of the most that a grant can say',
    'lockkeeper policy compile plant.yaml --target nftables | sudo nft -f -',
  ],
  run: (args) => {
    const { values, positionals } = optionsOf(args, {
      target: { type: 'string' },
      gate: { type: 'string' },
      check: { type: 'boolean' },
      json: { type: 'boolean' },
    });
    const [file, ...rest] = positionals;
    if (rest.length > 0) throw new UsageError('compile takes one FILE');
    const { target, json = false } = values;
    if (target !== 'nftables' && target !== 'table') {
      throw new UsageError('compile needs --target nftables or --target table');
    }
    const plant = readPlant(file, json);
    if (plant === undefined) return NO;
    if (target === 'table') return showTables(plant, json);
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

function showTables(plant: Plant, asJson: boolean): number {
  const tables = [...plant.access.values()].flatMap(({ id, targets, mayRequest }) =>
    targets.map((asset) => ({
      entry: id,
      asset,
      functions: tablesOf(plant, { entry: id, asset, operations: mayRequest }),
    })),
  );
  const lines = tables.flatMap(({ entry, asset, functions }) => [
    `${entry} on ${asset}${functions.length === 0 ? ': nothing passes' : ''}`,
    ...functions.flatMap(({ functionCode, layers }) => [
      `  function ${functionCode}: one row of each`,
      ...layers.flatMap(({ speaker, rows }) =>
        rows.map((row) => `    ${speaker}: ${rowText(row)}`),
      ),
    ]),
  ]);
  print(asJson, tables, lines);
  return OK;
}

/** `write holding-registers 100-109 of units 1, values 0 to 1500` */
function rowText({ kind, table, first, last, units, bounded, min, max }: Row): string {
  const where = table === undefined ? 'the device' : `${table} ${first}-${last}`;
  const of = units === undefined ? 'any unit' : `units ${units.join(', ')}`;
  return `${kind} ${where} of ${of}${bounded ? `, values ${min} to ${max}` : ''}`;
}

/** @throws UsageError */
export function gateWaysOf(asked: string | undefined): GateWays {
  const found = (['granted', 'open'] as const).find((each) => each === (asked ?? 'granted'));
  if (found === undefined) throw new UsageError('`--gate` is granted or open');
  return found;
}
