/**
 * Firmware of the example vendor, made on this machine at the first start: a package that its vendor
 * signed, the same with one byte of its image changed afterwards, and the trust folder of the plant. The
 * keys sign once and are then forgotten; they never lie on a disk.
 */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { buildCertificate, pemOf, type Signer } from '#broker/identity/certificate.ts';
import { type Micros, micros } from '#sensor/model/time.ts';
import { type TarFile, tar } from './tar.ts';

export interface FirmwareFiles {
  /** The trust folder; `lockkeeper firmware verify --trust` reads it too. */
  readonly trust: string;
  readonly good: string;
  readonly tampered: string;
}

const VENDOR = 'acme';
const IMAGE = 'images/press.bin';
const SBOM = 'sbom.cdx.json';
const DAY = 86_400 * 1_000_000;

/** Does nothing where all of it is there. */
export function makeFirmware({ trust, good, tampered }: FirmwareFiles, now: Micros): void {
  const anchor = join(trust, VENDOR, 'anchors', 'acme-root.pem');
  if ([anchor, good, tampered].every((path) => existsSync(path))) return;
  // A root that is new proves nothing that an old one signed.
  rmSync(join(trust, VENDOR), { recursive: true, force: true });
  for (const path of [anchor, good, tampered]) mkdirSync(dirname(path), { recursive: true });
  const root = aSigner('Acme Drives Root');
  const signer = aSigner('Acme Drives Release');
  const rootDer = certificate(root, root, 'authority', now);
  const leafDer = certificate(signer, root, 'code', now);

  const image = Buffer.from('example firmware of a press, of no use to any machine\n'.repeat(2000));
  const sbom = json(sbomOf(image));
  const manifest = json(manifestOf(image, sbom));
  const files: readonly TarFile[] = [
    { name: 'manifest.json', content: manifest },
    { name: 'manifest.json.jws', content: json(jws(manifest, leafDer, signer.privateKey)) },
    { name: IMAGE, content: image },
    { name: SBOM, content: sbom },
  ];
  writeFileSync(good, tar(files));
  const changed = Buffer.from(image);
  changed.write('E', 0);
  writeFileSync(
    tampered,
    tar(files.map((file) => (file.name === IMAGE ? { ...file, content: changed } : file))),
  );
  writeFileSync(join(trust, VENDOR, 'floors.json'), json({ Press: 240 }));
  // Last: what a start that was cut left is made anew.
  writeFileSync(anchor, pemOf(rootDer));
}

const json = (value: object): Buffer => Buffer.from(`${JSON.stringify(value, undefined, 2)}\n`);
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const aSigner = (subject: string): Signer => ({
  subject,
  ...generateKeyPairSync('ec', { namedCurve: 'P-256' }),
});

const certificate = (
  { subject, publicKey }: Signer,
  issuer: Signer,
  usage: 'authority' | 'code',
  now: Micros,
): Buffer =>
  buildCertificate(
    {
      ...{ subject, publicKey, usage, names: [] },
      from: micros(now - DAY),
      until: micros(now + 3650 * DAY),
    },
    issuer,
    randomBytes,
  );

function manifestOf(image: Buffer, sbom: Buffer): object {
  return {
    format: 'lockkeeper-firmware/1',
    ...{ vendor: VENDOR, product: 'Press', version: '2.4.2', releaseCounter: 242 },
    hardwareIds: ['acme:press:rev-c'],
    files: [{ name: IMAGE, size: image.length, sha256: sha256(image) }],
    sbom: { name: SBOM, sha256: sha256(sbom) },
  };
}

function sbomOf(image: Buffer): object {
  const root = { type: 'firmware', 'bom-ref': 'press', name: 'press', version: '2.4.2' };
  const library = (name: string, version: string): object => ({
    ...{ type: 'library', 'bom-ref': name, name, version },
  });
  return {
    ...{ bomFormat: 'CycloneDX', specVersion: '1.6', version: 1 },
    metadata: { component: { ...root, hashes: [{ alg: 'SHA-256', content: sha256(image) }] } },
    components: [
      library('freertos-kernel', '11.1.0'),
      library('lwip', '2.2.0'),
      library('mbedtls', '3.6.2'),
    ],
    dependencies: [
      { ref: 'press', dependsOn: ['freertos-kernel', 'lwip'] },
      { ref: 'freertos-kernel' },
      { ref: 'lwip', dependsOn: ['mbedtls'] },
      { ref: 'mbedtls' },
    ],
  };
}

/** Detached and flattened, over the manifest's own bytes: RFC 7515, 7.2.2, and RFC 7797. */
function jws(manifest: Buffer, certificate: Buffer, key: KeyObject): object {
  const header = { alg: 'ES256', b64: false, crit: ['b64'], x5c: [certificate.toString('base64')] };
  const protected_ = Buffer.from(JSON.stringify(header)).toString('base64url');
  const signed = Buffer.concat([Buffer.from(`${protected_}.`), manifest]);
  const signature = sign('sha256', signed, { key, dsaEncoding: 'ieee-p1363' });
  return { protected: protected_, signature: signature.toString('base64url') };
}
