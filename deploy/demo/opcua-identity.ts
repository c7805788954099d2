/** The certificate and the key of one OPC UA application of the plant, and whom it trusts: a folder below the data of the demo. */
import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OPCUACertificateManager } from 'node-opcua';

/** Days. The demo is younger, and a certificate that changes is an alert. */
const VALIDITY = 3650;

export interface Identity {
  readonly uri: string;
  readonly store: OPCUACertificateManager;
  /** DER. */
  readonly certificate: Buffer;
  readonly certificateFile: string;
  readonly privateKeyFile: string;
}

/** Made at the first start and kept. Nobody is trusted until `store.trustCertificate` says so. */
export async function identityIn(
  folder: string,
  application: { readonly uri: string; readonly name: string; readonly host: string },
): Promise<Identity> {
  const store = new OPCUACertificateManager({
    rootFolder: folder,
    automaticallyAcceptUnknownCertificate: false,
    disableFileWatchers: true,
  });
  await store.initialize();
  const certificateFile = join(folder, 'own', 'certificate.pem');
  if (!existsSync(certificateFile)) {
    await store.createSelfSignedCertificate({
      applicationUri: application.uri,
      subject: `/CN=${application.name}/O=Example works`,
      dns: [],
      ip: [application.host],
      startDate: new Date(),
      validity: VALIDITY,
      outputFile: certificateFile,
    });
  }
  const certificate = new X509Certificate(readFileSync(certificateFile)).raw;
  const { uri } = application;
  return { uri, store, certificate, certificateFile, privateKeyFile: store.privateKey };
}
