/** `policy report`: how far the policy explains what was recorded, for whoever answers for the plant. */
import { Segmentation } from '../segmentation/coverage.ts';
import { htmlReport, markdownReport } from '../segmentation/report.ts';
import { readCaptures } from './recording.ts';
import { NO, OK, optionsOf, readPlant, UsageError, type Verb } from './verb.ts';

const FORMATS = ['md', 'html', 'json'] as const;

export const reportVerb: Verb = {
  usage: 'FILE --from CAPTURE [--from CAPTURE]... [--format md|html|json]',
  does: 'how far it explains what was recorded: zones, conduits, violations by day',
  run: (args) => {
    const { values, positionals } = optionsOf(args, {
      from: { type: 'string', multiple: true },
      format: { type: 'string' },
    });
    const [file, ...rest] = positionals;
    const { from = [] } = values;
    const format = FORMATS.find((each) => each === (values.format ?? 'md'));
    if (format === undefined) throw new UsageError('`--format` is md, html or json');
    if (from.length === 0 || rest.length > 0) {
      throw new UsageError('report needs one FILE and a recording: --from CAPTURE');
    }
    const plant = readPlant(file, format === 'json');
    if (plant === undefined) return NO;
    const segmentation = new Segmentation(plant);
    readCaptures(from, plant, (exchange) => {
      const { at, protocol, client, server, operations, frames } = exchange;
      if (frames.request.length === 0) return;
      const encrypted = protocol === 'opcua' && exchange.opcua.security?.encrypted === true;
      const to = { ip: server.ip, port: server.port };
      segmentation.hear({ at, protocol, from: client.ip, to, operations, encrypted });
    });
    const coverage = segmentation.report();
    process.stdout.write(
      {
        md: () => markdownReport(plant, coverage),
        html: () => htmlReport(plant, coverage),
        json: () => `${JSON.stringify({ version: plant.version, ...coverage }, undefined, 2)}\n`,
      }[format](),
    );
    return OK;
  },
};
