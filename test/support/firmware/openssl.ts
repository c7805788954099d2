/** Certificates, lists and signatures made by the machine's own `openssl`: another hand than the product's. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Runs `openssl`; throws with what it said. */
export function openssl(args: readonly string[], input?: Uint8Array): Buffer {
  return execFileSync('openssl', [...args], { input, stdio: ['pipe', 'pipe', 'pipe'] });
}

/** PEM files. */
export interface Identity {
  readonly name: string;
  readonly certificate: string;
  readonly key: string;
}

type KeyKind = 'rsa:2048' | 'rsa:1024' | 'p256' | 'p384' | 'ed25519' | 'secp256k1';

const KEY_ARGUMENTS: Readonly<Record<KeyKind, readonly string[]>> = {
  'rsa:2048': ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'],
  'rsa:1024': ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:1024'],
  p256: ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  p384: ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-384'],
  secp256k1: ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:secp256k1'],
  ed25519: ['-algorithm', 'ED25519'],
};

export const AUTHORITY = [
  'basicConstraints=critical,CA:TRUE',
  'keyUsage=critical,keyCertSign,cRLSign',
  'subjectKeyIdentifier=hash',
];
export const CODE_SIGNER = [
  'basicConstraints=critical,CA:FALSE',
  'keyUsage=critical,digitalSignature',
  'extendedKeyUsage=critical,codeSigning',
  'subjectKeyIdentifier=hash',
];

export interface Wanted {
  readonly key?: KeyKind;
  /** Undefined: signed by itself. */
  readonly issuer?: Identity;
  readonly extensions: readonly string[];
  readonly digest?: string;
  readonly days?: number;
  /** Where the name on the certificate is not that of the files. */
  readonly subject?: string;
  readonly more?: readonly string[];
}

/** A certificate of 3650 days in `folder`, `name` being its common name. */
export function certify(folder: string, name: string, wanted: Wanted): Identity {
  const { key = 'p256', issuer, extensions, digest = 'sha256', days = 3650, more = [] } = wanted;
  const path = (ending: string): string => join(folder, `${name}.${ending}`);
  openssl(['genpkey', ...KEY_ARGUMENTS[key], '-out', path('key')]);
  const section = extensions.length === 0 ? '' : `[ext]\n${extensions.join('\n')}\n`;
  const subject = wanted.subject ?? name;
  writeFileSync(
    path('cnf'),
    `[req]\ndistinguished_name=dn\nprompt=no\n[dn]\nO=Acme\nCN=${subject}\n${section}`,
  );
  openssl([
    ...['req', '-x509', '-new', '-config', path('cnf'), '-key', path('key')],
    ...['-out', path('pem'), '-days', String(days), `-${digest}`],
    ...(extensions.length === 0 ? [] : ['-extensions', 'ext']),
    ...(issuer === undefined ? [] : ['-CA', issuer.certificate, '-CAkey', issuer.key]),
    ...more,
  ]);
  return { name, certificate: path('pem'), key: path('key') };
}

/** A detached CMS signature over `content`, DER unless `more` says otherwise. */
export function cmsSign(
  content: Uint8Array,
  signer: Identity,
  more: readonly string[] = [],
): Buffer {
  return openssl(
    [
      ...['cms', '-sign', '-binary', '-outform', 'DER'],
      ...['-signer', signer.certificate, '-inkey', signer.key, ...more],
    ],
    content,
  );
}

/** A revocation list of `issuer`, current for 30 days, on `revoked`. */
export function revocationList(
  folder: string,
  issuer: Identity,
  revoked: readonly Identity[],
  more: readonly string[] = ['-crldays', '30'],
): Buffer {
  const [config, database, out] = ['cnf', 'db', 'pem'].map((end) =>
    join(folder, `crl-of-${issuer.name}.${end}`),
  ) as [string, string, string];
  writeFileSync(database, '');
  writeFileSync(
    config,
    `[ca]\ndefault_ca=a\n[a]\ndatabase=${database}\ndefault_md=sha256\ncrl_extensions=e\n[e]\nauthorityKeyIdentifier=keyid\n`,
  );
  const ca = [
    ...['ca', '-batch', '-config', config],
    ...['-keyfile', issuer.key, '-cert', issuer.certificate],
  ];
  for (const { certificate } of revoked) openssl([...ca, '-revoke', certificate]);
  openssl([...ca, '-gencrl', '-out', out, ...more]);
  return readFileSync(out);
}

/** The DER of the one thing in a PEM file. */
export function derOf(pem: string): Buffer {
  const [, base64 = ''] =
    /-----BEGIN [^-]+-----([^-]+)-----END/.exec(readFileSync(pem, 'utf8')) ?? [];
  return Buffer.from(base64, 'base64');
}
