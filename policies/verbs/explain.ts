/** `policy explain`: may this one, and which line decides? */
import { explain } from '../explain.ts';
import { NO, OK, optionsOf, readPlant, UsageError, type Verb } from './verb.ts';

export const explainVerb: Verb = {
  usage: 'FILE --from WHO --to WHAT [--grant ENTRY] STATEMENT',
  does: 'may this one, and which line decides?',
  more: [
    '--from    an IP address, an asset, or vendor:ID (what the gate emits for it)',
    '--to      an asset, an IP address, or IP:PORT',
    '--grant   the access entry a grant would stand on; without it the conduits answer',
    'lockkeeper policy explain plant.yaml --from hmi-1 --to plc-12 "modbus fc6 100 value 1200"',
  ],
  run: (args) => {
    const { values, positionals } = optionsOf(args, {
      from: { type: 'string' },
      to: { type: 'string' },
      grant: { type: 'string' },
    });
    const [file, ...words] = positionals;
    const plant = readPlant(file, false);
    if (plant === undefined) return NO;
    const { from, to, grant } = values;
    if (from === undefined || to === undefined)
      throw new UsageError('explain needs --from and --to');
    const explained = explain(plant, {
      from,
      to,
      statement: words.join(' '),
      ...(grant !== undefined && { grant }),
    });
    if (explained.kind === 'unclear') throw new UsageError(explained.message);
    process.stdout.write(`${explained.text}\n`);
    return explained.allowed ? OK : NO;
  },
};
