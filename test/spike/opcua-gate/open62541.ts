/** The client of open62541 (C), where its library is on this machine; another stack, and a stricter one. */
import { execFile } from 'node:child_process';
import { createPrivateKey } from 'node:crypto';
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Application } from './application.ts';

const run = promisify(execFile);
const SOURCE = join(import.meta.dirname, '../../peers/open62541-session.c');

/** Where it is installed: the system's folder, or the one that this variable names (a package unpacked by hand). */
const PREFIX = process.env['LOCKKEEPER_OPEN62541'] ?? '/usr';

/** False, with one visible line, where it is not installed. */
export function haveOpen62541(): boolean {
  const have = existsSync(join(PREFIX, 'include/open62541/client.h'));
  if (!have)
    console.log(`no open62541 below ${PREFIX}: its client is not tried (libopen62541-1.4-dev)`);
  return have;
}

/** Builds the client into `folder`, lets it work at `url`, and gives what it said, line by line. */
export async function runOpen62541(options: {
  readonly folder: string;
  readonly url: string;
  readonly application: Application;
  readonly trusted: Buffer;
  readonly namespace: string;
}): Promise<string[]> {
  const { folder, application } = options;
  const [library = join(PREFIX, 'lib/libopen62541.so')] = globSync(
    join(PREFIX, 'lib/{.,*}/libopen62541.so'),
  );
  const client = join(folder, 'open62541-session');
  const at = dirname(library);
  const include = join(PREFIX, 'include');
  // An old-style rpath holds for the libraries of the library as well.
  const link = [`-L${at}`, `-Wl,-rpath,${at}`, '-Wl,--disable-new-dtags', '-lopen62541'];
  await run('cc', ['-o', client, SOURCE, `-I${include}`, ...link]);

  const files = ['certificate.der', 'key.der', 'trusted.der'].map((name) => join(folder, name));
  const [certificate = '', key = '', trusted = ''] = files;
  const pem = readFileSync(application.privateKeyFile);
  writeFileSync(certificate, application.own.getCertificate());
  writeFileSync(key, createPrivateKey(pem).export({ type: 'pkcs8', format: 'der' }), {
    mode: 0o600,
  });
  writeFileSync(trusted, options.trusted);
  const { url, namespace } = options;
  const args = [url, certificate, key, trusted, application.uri, namespace];
  // It exits with 1 when it was refused; what it said tells why.
  const said = await run(client, args).catch((error: { code?: number; stdout?: string }) => {
    if (error.code !== 1 || error.stdout === undefined) throw error;
    return { stdout: error.stdout };
  });
  // Its event loop logs by itself, in brackets.
  return said.stdout.split('\n').filter((line) => line !== '' && !line.startsWith('['));
}
