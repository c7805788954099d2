/**
 * States that a channel or session of OPC UA rests on a certificate that proves little: its key is short,
 * its signature can be forged, or it is used outside of its time.
 *
 * Policies older than Basic256Sha256 allow keys of 1024 bits and SHA-1 (OPC 10000-7); that makes them no
 * stronger. As with changed certificates, what no server let in says nothing: anybody may send one.
 */
import type { OpcuaExchange } from '#sensor/model/event.ts';
import type { Fact } from '#sensor/model/fact.ts';
import { type OpcuaCertificate, shortThumbprint } from '#sensor/model/opcua.ts';
import type { Micros } from '#sensor/model/time.ts';
import { type Detector, NO_FACTS } from './detector.ts';

export const CERTIFICATE_WEAK = 'certificate.weak';
export const CERTIFICATE_OUT_OF_TIME = 'certificate.out-of-time';

/** Bits of an RSA key. NIST SP 800-131A revision 2, 3; Basic256Sha256 asks for as many. */
export const MIN_RSA_BITS = 2048;

/** Signatures over digests for which somebody can make a second certificate. */
const FORGEABLE: ReadonlySet<string> = new Set([
  'md5WithRSAEncryption',
  'sha1WithRSAEncryption',
  'ecdsa-with-SHA1',
]);

export function weakCertificateDetector(): Detector<undefined> {
  return {
    name: 'weak-certificate',
    remember: () => undefined,
    inspect: (event) => {
      if (event.kind !== 'exchange' || event.protocol !== 'opcua') return NO_FACTS;
      const { certificate, serverCertificate } = event.opcua;
      if (certificate === undefined && serverCertificate === undefined) return NO_FACTS;
      return event.outcome === 'success' ? shown(event) : NO_FACTS;
    },
  };
}

function shown({ opcua, at }: OpcuaExchange): Fact[] {
  return [
    ...(opcua.certificate === undefined ? [] : judge('client', opcua.certificate, at)),
    ...(opcua.serverCertificate === undefined ? [] : judge('server', opcua.serverCertificate, at)),
  ];
}

function judge(who: 'client' | 'server', certificate: OpcuaCertificate, at: Micros): Fact[] {
  const name = `certificate ${shortThumbprint(certificate.thumbprint)} of the ${who}`;
  const weak = weaknesses(certificate);
  const late = outOfTime(certificate, at);
  return [
    ...(weak.length === 0
      ? []
      : [{ name: CERTIFICATE_WEAK, text: `${name} ${weak.join(' and ')}` }]),
    ...(late === undefined ? [] : [{ name: CERTIFICATE_OUT_OF_TIME, text: `${name} ${late}` }]),
  ];
}

function weaknesses({ key, signatureAlgorithm }: OpcuaCertificate): string[] {
  const isShort = key?.type === 'RSA' && key.size !== undefined && key.size < MIN_RSA_BITS;
  const isForgeable = signatureAlgorithm !== undefined && FORGEABLE.has(signatureAlgorithm);
  return [
    ...(isShort ? [`has an RSA key of ${key.size} bits`] : []),
    ...(isForgeable ? [`is signed with ${signatureAlgorithm}`] : []),
  ];
}

function outOfTime({ notBefore, notAfter }: OpcuaCertificate, at: Micros): string | undefined {
  if (notAfter !== undefined && at > timeOf(notAfter)) return `expired at ${notAfter}`;
  if (notBefore !== undefined && at < timeOf(notBefore)) {
    return `is not valid before ${notBefore}`;
  }
  return undefined;
}

/** µs; unlike `micros`, also before 1970. */
const timeOf = (iso: string): number => Date.parse(iso) * 1000;
