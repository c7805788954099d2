/** One OPC UA application: its certificate, its key, and whom it trusts. Everything lies in a folder of the test. */
import { join } from 'node:path';
import { OPCUACertificateManager, OPCUASecureObject } from 'node-opcua';

export interface Application {
  readonly uri: string;
  readonly certificates: OPCUACertificateManager;
  readonly own: OPCUASecureObject;
  readonly certificateFile: string;
  readonly privateKeyFile: string;
}

/**
 * `acceptsUnknown` is trust on first use, for the gate's vendor side alone: there the tunnel has already proved
 * who it is.
 */
export async function newApplication(
  folder: string,
  uri: string,
  acceptsUnknown = false,
): Promise<Application> {
  const certificates = new OPCUACertificateManager({
    rootFolder: folder,
    automaticallyAcceptUnknownCertificate: acceptsUnknown,
    disableFileWatchers: true,
  });
  await certificates.initialize();
  const certificateFile = join(folder, 'own', 'certificate.pem');
  await certificates.createSelfSignedCertificate({
    applicationUri: uri,
    subject: `/CN=${uri.split(':').at(-1)}/O=Lockkeeper tests`,
    dns: ['localhost'],
    ip: ['127.0.0.1'],
    startDate: new Date(Date.now() - 3_600_000),
    validity: 30,
    outputFile: certificateFile,
  });
  const privateKeyFile = certificates.privateKey;
  const own = new OPCUASecureObject({ certificateFile, privateKeyFile });
  return { uri, certificates, own, certificateFile, privateKeyFile };
}
