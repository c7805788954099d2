/** Ed25519 keys that sign for the broker, each in a file of its own that only the broker's user may read. */
import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { BrokerError } from '#broker/model/broker-error.ts';

/** Rights of group and others. */
const OTHERS = 0o077;

const damaged = (path: string, cause: unknown): BrokerError =>
  new BrokerError('key', `\`${path}\` holds no private key; restore it from a backup`, { cause });

function readKey(path: string): KeyObject {
  try {
    return createPrivateKey(readFileSync(path));
  } catch (error) {
    throw damaged(path, error);
  }
}

/**
 * Opens the key at `path`, or makes one there (0600). Throws `key` where the file is damaged, holds
 * another kind of key, or can be read by others: a key that leaked must not go on signing.
 */
export function openSigningKey(path: string): KeyObject {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  try {
    const { privateKey } = generateKeyPairSync('ed25519');
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
    writeFileSync(path, pem, { flag: 'wx', mode: 0o600 });
    return privateKey;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  if ((statSync(path).mode & OTHERS) !== 0) {
    throw new BrokerError('key', `\`${path}\` can be read by others; replace the key: rm ${path}`);
  }
  const key = readKey(path);
  if (key.asymmetricKeyType !== 'ed25519') {
    throw new BrokerError('key', `\`${path}\` holds no Ed25519 key; restore it from a backup`);
  }
  return key;
}
