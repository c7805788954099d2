/** `policy learn`: a policy that explains what was recorded, to review. */
import { createEvaluator } from '../evaluate.ts';
import { Observations } from '../learn/observations.ts';
import { learn } from '../learn.ts';
import { readCaptures } from './recording.ts';
import { NO, OK, optionsOf, readPlant, UsageError, type Verb } from './verb.ts';

export const learnVerb: Verb = {
  usage: '--from CAPTURE [--from CAPTURE]... [--base FILE]',
  does: 'a policy that explains what was recorded, line by line with its evidence, to review',
  more: [
    '--base    only what this policy does not explain, to be put under its keys',
    'lockkeeper policy learn --from plant.pcap > plant.yaml',
  ],
  run: (args) => {
    const { values, positionals } = optionsOf(args, {
      from: { type: 'string', multiple: true },
      base: { type: 'string' },
    });
    const { from = [], base } = values;
    if (from.length === 0 || positionals.length > 0) {
      throw new UsageError('learn needs a recording: --from CAPTURE');
    }
    const plant = base === undefined ? undefined : readPlant(base, false);
    if (base !== undefined && plant === undefined) return NO;
    const evaluator = plant && createEvaluator(plant);
    const observations = new Observations();
    readCaptures(from, plant, (exchange) => {
      const { client, server, operations } = exchange;
      const to = { ip: server.ip, port: server.port };
      const isExplained = operations.every(
        (operation) => evaluator?.evaluate({ from: client.ip, to, operation }).allowed === true,
      );
      if (!isExplained) observations.add(exchange);
    });
    process.stdout.write(learn(observations, plant));
    return OK;
  },
};
