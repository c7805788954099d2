/** `policy verify`: whether a kernel's rules are those that the policy makes. */
import { readFileSync } from 'node:fs';
import { refusalOf } from '#sensor/model/complaint.ts';
import { nftables } from '../compile/nftables.ts';
import { type Drift, driftOf } from '../firewall/drift.ts';
import { listingOf, listTable, type Said } from '../firewall/kernel.ts';
import { gateWaysOf } from './compile.ts';
import { amount, NO, OK, optionsOf, print, readPlant, UsageError, type Verb } from './verb.ts';

export const verifyVerb: Verb = {
  usage: 'FILE [--gate granted|open] [--listing LISTING] [--json]',
  does: "whether this kernel's rules are those of the policy, line by line",
  more: [
    '--listing  what `nft -s list table inet lockkeeper` said on another machine',
    'needs root: the rules of the policy are loaded into a network namespace that is gone afterwards',
  ],
  run: (args) => {
    const { values, positionals } = optionsOf(args, {
      gate: { type: 'string' },
      listing: { type: 'string' },
      json: { type: 'boolean' },
    });
    const [file, ...rest] = positionals;
    if (rest.length > 0) throw new UsageError('verify takes one FILE');
    const asJson = values.json === true;
    const plant = readPlant(file, asJson);
    if (plant === undefined) return NO;
    const expected = textOf(
      listingOf(nftables(plant, gateWaysOf(values.gate))),
      'the rules of the policy cannot be made',
    );
    const actual = values.listing === undefined ? loadedRules() : readListing(values.listing);
    const drift = driftOf(expected, actual);
    const summary =
      drift.length === 0
        ? `the rules are those of ${file}, version ${plant.version}`
        : `${amount(drift.length, 'line')} of drift from ${file}, version ${plant.version}`;
    print(asJson, { version: plant.version, drift }, [...drift.map(showDrift), summary]);
    return drift.length === 0 ? OK : NO;
  },
};

/** A kernel without the table lacks all of it. */
function loadedRules(): string {
  const said = listTable();
  const isNone = said.kind === 'refused' && said.because.includes('No such file or directory');
  return isNone ? '' : textOf(said, 'the rules of this kernel cannot be read');
}

function textOf(said: Said, otherwise: string): string {
  if (said.kind === 'said') return said.text;
  throw new UsageError(`${otherwise}: ${said.because}`);
}

function readListing(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`\`${file}\` cannot be read: ${refusalOf(error)}`, { cause: error });
  }
}

const showDrift = ({ kind, where, text }: Drift): string =>
  `${kind === 'missing' ? '- missing' : '+ foreign'}: ${where === '' ? '' : `${where}: `}${text}`;
