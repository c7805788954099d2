import { readCertificate } from '#sensor/decode/opcua/certificate.ts';
import type { Target } from '../target.ts';
import { promised } from './broken.ts';

/**
 * What a self-signed certificate looks like, less its key and signature: serial number, issuer and subject
 * `CN=plc`, a validity, and the URI `urn:plc` as its other name.
 */
const DER = Buffer.from(
  [
    '3081a0 30819d a003020102 020101 300d06092a864886f70d01010b0500',
    '300e310c300a06035504030c03706c63',
    '301e170d3236303130313030303030305a170d3336303130313030303030305a',
    '300e310c300a06035504030c03706c63',
    '3014300d06092a864886f70d0101010500030300aabb',
    'a31c301a30180603551d1104113003820161860775726e3a706c63 0000',
  ]
    .join('')
    .replaceAll(' ', ''),
  'hex',
);

const MAX_SHOWN = 400;

/** DER bytes, of whatever a client sends as its certificate. OPC 10000-6, 6.2.2. */
export const CERTIFICATE: Target = {
  name: 'certificate',
  promise: 'what is shown of a certificate is text of a bounded length',
  most: 500,
  share: 60,
  words: ['0603551d11', '06035504', '300d', '170d', '180f', '8607', 'a303020102', '3082'].map(
    (hex) => Buffer.from(hex, 'hex'),
  ),
  work: { each: 10, fixed: 300 },
  seeds: [DER],
  run: (bytes) => {
    const read = readCertificate(bytes);
    if (read === undefined) return;
    for (const [name, value] of Object.entries(read)) {
      const isShort = typeof value !== 'string' || value.length <= MAX_SHOWN;
      promised(isShort, `${name} is longer than ${MAX_SHOWN} characters`);
    }
  },
};
