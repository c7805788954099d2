/** The command line of `lockkeeper connect`: what the portal's connect line carries, and two wishes. */
import { parseArgs } from 'node:util';
import { type GrantId, grantId } from '#broker/model/ids.ts';
import { optionFault } from '#sensor/model/complaint.ts';

export interface ConnectOptions {
  readonly grant: GrantId;
  /** `https://host:port` */
  readonly broker: string;
  /** sha-256 of the public key of the broker's authority, base64url. */
  readonly pin: string;
  /** Undefined: 127.0.0.1 and the asset's own port if it is free, else any. */
  readonly listen?: { readonly host: string; readonly port: number };
  /** Events as NDJSON instead of words. */
  readonly json: boolean;
}

export const USAGE = `usage: lockkeeper connect GRANT --broker https://HOST:PORT --pin sha256/PIN [--listen 127.0.0.1:PORT] [--json]

Copy the whole line from the portal. Opens a port on this machine for your own tool; Ctrl-C ends the session.
`;

export type ReadOptions =
  | { readonly kind: 'options'; readonly options: ConnectOptions }
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly why: string };

const wrong = (why: string): ReadOptions => ({ kind: 'wrong', why });

/** `127.0.0.1:5020`; anything but a loopback address would let others use the session. */
function readListen(text: string): ConnectOptions['listen'] {
  const match = /^(127\.\d{1,3}\.\d{1,3}\.\d{1,3}):(\d{1,5})$/.exec(text);
  const port = Number(match?.[2]);
  return match?.[1] === undefined || port > 65_535 ? undefined : { host: match[1], port };
}

export function readOptions(args: readonly string[]): ReadOptions {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(args);
  } catch (error) {
    return wrong(optionFault(error));
  }
  const { values, positionals } = parsed;
  if (values.help === true) return { kind: 'help' };
  const [text, ...more] = positionals;
  const grant = grantId(text ?? '');
  if (grant === undefined || more.length > 0) return wrong('name one grant, as in gr_…');
  const { broker = '' } = values;
  if (!URL.canParse(broker) || new URL(broker).protocol !== 'https:') {
    return wrong('--broker is an https:// address, as the portal shows it');
  }
  const pin = /^sha256\/([A-Za-z0-9_-]{43})$/.exec(values.pin ?? '')?.[1];
  if (pin === undefined) return wrong('--pin is sha256/… as the portal shows it');
  const listen = values.listen === undefined ? undefined : readListen(values.listen);
  if (values.listen !== undefined && listen === undefined) {
    return wrong('--listen is a loopback address and a port, as 127.0.0.1:5020');
  }
  return {
    kind: 'options',
    options: {
      grant,
      broker: new URL(broker).origin,
      pin,
      json: values.json === true,
      ...(listen !== undefined && { listen }),
    },
  };
}

function parse(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      broker: { type: 'string' },
      pin: { type: 'string' },
      listen: { type: 'string' },
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
}
