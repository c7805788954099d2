/** `lockkeeper broker --config F`: starts the broker, says where it listens, stops cleanly. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type BrokerConfig, parseConfig } from '#broker/config.ts';
import { BrokerError } from '#broker/model/broker-error.ts';
import { optionFault } from '#sensor/model/complaint.ts';
import { startBroker } from './run/broker.ts';
import { monotonic, systemClock } from './run/clock.ts';
import { createLog } from './run/log.ts';

const USAGE = `usage: lockkeeper broker --config FILE [--accept-clock]

  --accept-clock   believe this machine's clock although the audit log is far ahead of it
`;

function readConfig(path: string): BrokerConfig | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    process.stderr.write(`lockkeeper broker: \`${path}\` cannot be read (${why})\n`);
    return undefined;
  }
  const outcome = parseConfig(text, dirname(resolve(path)));
  if (outcome.kind === 'config') return outcome.config;
  for (const { path: field, message } of outcome.faults) {
    process.stderr.write(`${path}: ${field === '' ? '' : `${field}: `}${message}\n`);
  }
  return undefined;
}

/** The OpenID client secret, from the file that the configuration names; undefined where it names none. */
function readSecret({ signIn }: BrokerConfig): string | undefined {
  return signIn.oidc === undefined
    ? undefined
    : readFileSync(signIn.oidc.clientSecretFile, 'utf8').trim();
}

function asked(): Promise<void> {
  const { promise, resolve: ask } = Promise.withResolvers<void>();
  process.once('SIGINT', () => ask());
  process.once('SIGTERM', () => ask());
  return promise;
}

export async function main(args: readonly string[]): Promise<number> {
  let path: string | undefined;
  let acceptClock = false;
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        config: { type: 'string' },
        'accept-clock': { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    if (values.help === true) {
      process.stdout.write(USAGE);
      return 0;
    }
    path = values.config;
    acceptClock = values['accept-clock'] === true;
  } catch (error) {
    process.stderr.write(`${optionFault(error)}\n`);
  }
  if (path === undefined) {
    process.stderr.write(USAGE);
    return 2;
  }
  const config = readConfig(path);
  if (config === undefined) return 2;
  try {
    const clientSecret = readSecret(config);
    const stop = asked();
    const broker = await startBroker({
      config,
      ...(clientSecret !== undefined && { clientSecret }),
      clock: systemClock,
      acceptClock,
      monotonic,
      random: randomBytes,
      log: createLog(),
    });
    for (const [name, { host, port }] of broker.listeners) {
      process.stdout.write(`${name} ${host}:${port}\n`);
    }
    process.stdout.write('ready\n');
    await stop;
    await broker.stop();
    return 0;
  } catch (error) {
    if (!(error instanceof BrokerError)) throw error;
    process.stderr.write(`lockkeeper broker: ${error.message}\n`);
    return 3;
  }
}
