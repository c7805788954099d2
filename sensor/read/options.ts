/** The options of `lockkeeper sensor read`, checked. */
import { parseArgs } from 'node:util';
import { optionFault } from '#sensor/model/complaint.ts';
import { type Micros, parseIso } from '#sensor/model/time.ts';

export const READ_USAGE = `usage: lockkeeper sensor read FILE... [options]

Decodes captures (pcap, pcapng; - is stdin), detects, and says what is in them.
Several files are read as one capture that was cut; frame numbers go on.

  --exchanges F       each request with its response, as NDJSON
  --alerts F          each alert with its occurrences counted, as NDJSON
  --assets F          who was seen, as NDJSON
  --eve F             flows, Modbus, anomalies and alerts as EVE JSON of Suricata
  --zeek DIR          conn.log and the logs of Modbus and OPC UA, as Zeek with ICSNPP writes them
  --stats F           what was read and what it cost, as one JSON object
  --evidence DIR      the packets behind each alert, as pcapng files
  --plant F           the plant policy to judge by
  --rules DIR         other rules than those that come with the product
  --baseline F        who may write, as learned before
  --learn             learn from the whole input; with --baseline save it there
  --learn-until WHEN  learn until a time (2026-11-22T10:00:00Z) or frame:N, then judge

F is a file, or - for stdout, which then replaces the summary.
`;

export const OUTPUTS = ['exchanges', 'alerts', 'assets', 'eve', 'stats'] as const;
export type Output = (typeof OUTPUTS)[number];

/** How long to learn who writes before judging: not at all, all of the input, until a time, through a frame. */
export type Learning =
  | { readonly kind: 'never' }
  | { readonly kind: 'whole' }
  | { readonly kind: 'until'; readonly time: Micros }
  | { readonly kind: 'through'; readonly frame: number };

export interface ReadOptions {
  readonly files: readonly string[];
  readonly outputs: ReadonlyMap<Output, string>;
  readonly evidence: string | undefined;
  /** Folder for the logs of Zeek. */
  readonly zeek: string | undefined;
  readonly plant: string | undefined;
  readonly rules: string | undefined;
  readonly baseline: string | undefined;
  readonly learning: Learning;
}

/** The options, or what is wrong with them in words. */
export function parseReadOptions(args: readonly string[]): ReadOptions | string {
  const parsed = parse(args);
  if (typeof parsed === 'string') return parsed;
  const { values, positionals } = parsed;
  if (positionals.length === 0) return 'no FILE to read';
  if (positionals.filter((file) => file === '-').length > 1) return 'stdin can be read only once';
  if (values.zeek === '-') return '--zeek writes a folder of logs, and no stdout';
  const outputs = new Map<Output, string>();
  for (const name of OUTPUTS) {
    const path = values[name];
    if (path !== undefined) outputs.set(name, path);
  }
  const toStdout = [...outputs].filter(([, path]) => path === '-').map(([name]) => `--${name}`);
  if (toStdout.length > 1) return `only one of ${toStdout.join(', ')} can go to stdout`;
  const learning = parseLearning(values.learn === true, values['learn-until']);
  if (typeof learning === 'string') return learning;
  return {
    files: positionals,
    outputs,
    evidence: values.evidence,
    zeek: values.zeek,
    plant: values.plant,
    rules: values.rules,
    baseline: values.baseline,
    learning,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        exchanges: { type: 'string' },
        alerts: { type: 'string' },
        assets: { type: 'string' },
        eve: { type: 'string' },
        zeek: { type: 'string' },
        stats: { type: 'string' },
        evidence: { type: 'string' },
        plant: { type: 'string' },
        rules: { type: 'string' },
        baseline: { type: 'string' },
        learn: { type: 'boolean' },
        'learn-until': { type: 'string' },
      },
    });
  } catch (error) {
    return optionFault(error);
  }
}

function parseLearning(whole: boolean, until: string | undefined): Learning | string {
  if (whole && until !== undefined) return 'give --learn or --learn-until, not both';
  if (whole) return { kind: 'whole' };
  if (until === undefined) return { kind: 'never' };
  const frame = /^frame:(\d{1,15})$/.exec(until)?.[1];
  if (frame !== undefined) return { kind: 'through', frame: Number(frame) };
  const time = parseIso(until);
  if (time !== undefined) return { kind: 'until', time };
  return `--learn-until \`${until}\` is neither a time like 2026-11-22T10:00:00Z nor frame:N`;
}
