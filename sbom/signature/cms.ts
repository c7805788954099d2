/**
 * A detached CMS signature (RFC 5652) of one signer, in DER. Nothing in it may be there without being
 * either checked or signed, so no change of it makes it count for other content. It has more than one form
 * that counts for the same: (r, n-s) of ECDSA, algorithms with and without NULL, signed attributes in another
 * order. So its bytes identify nothing; a release is known by the hash of its manifest.
 *
 *     SEQUENCE { signedData, [0] SEQUENCE {
 *       version, SET { digestAlgorithm }, SEQUENCE { data },    no content: it is detached
 *       [0] certificates,
 *       SET { SEQUENCE { version, issuer and serial | [0] key id, digestAlgorithm,
 *                        [0] signed attributes, signatureAlgorithm, signature } } } }
 */
import { createHash } from 'node:crypto';
import { constructed, DerReader, primitive, TAG } from '../der/reader.ts';
import { type Certificate, readCertificate } from '../pki/certificate.ts';
import { type Hash, isSignedBy, readHash, readScheme, type Scheme } from '../pki/scheme.ts';
import { refuse } from '../sbom-error.ts';

export interface CmsSignature {
  readonly certificates: readonly Certificate[];
  readonly signer: Certificate;
  readonly hash: Hash;
  readonly scheme: Scheme;
  readonly signature: Buffer;
  /** What was signed in place of the content, as a SET; undefined: the content itself. */
  readonly attributes: { readonly signed: Buffer; readonly digest: Buffer } | undefined;
}

const SIGNED_DATA = '1.2.840.113549.1.7.2';
const DATA = '1.2.840.113549.1.7.1';
const CONTENT_TYPE = '1.2.840.113549.1.9.3';
const MESSAGE_DIGEST = '1.2.840.113549.1.9.4';

/** Longer than any chain with its root. */
const MAX_CERTIFICATES = 8;

/** Used inside `attempt`. What is given is well-formed and not verified. */
export function readCms(bytes: Buffer): CmsSignature {
  if (bytes.subarray(0, 5).equals(Buffer.from('-----'))) {
    refuse(
      'signature-encoding',
      'the signature is PEM text; DER is asked for: sign with `-outform DER`',
    );
  }
  const whole = new DerReader(bytes, 'signature-malformed');
  const info = whole.enter(TAG.sequence, 'the signature');
  whole.end('the signature');
  if (info.oid('the type of the signature') !== SIGNED_DATA)
    info.fail('the signature is no SignedData');
  const wrapped = info.enter(constructed(0), 'SignedData');
  info.end('the signature');
  const data = wrapped.enter(TAG.sequence, 'SignedData');
  wrapped.end('SignedData');
  const version = data.small('the version of SignedData');
  const digests = data.enter(TAG.set, 'digestAlgorithms');
  refuseContent(data.enter(TAG.sequence, 'encapContentInfo'));
  const certificates = readCertificates(data);
  if (data.nextTag === constructed(1)) data.fail('the signature carries revocation lists');
  const signers = data.enter(TAG.set, 'signerInfos');
  data.end('SignedData');
  const signer = readSigner(signers, certificates);
  readDigests(digests, signer.hash);
  // RFC 5652, 5.1: 3 with a key id, 1 without
  if (version !== signer.version) data.fail('the version of SignedData does not fit its signer');
  const { version: _, ...rest } = signer;
  return { certificates, ...rest };
}

function refuseContent(content: DerReader): void {
  if (content.oid('eContentType') !== DATA)
    content.fail('the signature is over something other than data');
  if (!content.isAtEnd) {
    refuse('signature-attached', 'the signature carries content of its own; it has to be detached');
  }
}

function readDigests(digests: DerReader, hash: Hash): void {
  const named = readHash(digests.enter(TAG.sequence, 'digestAlgorithms'), 'digestAlgorithms');
  if (named !== hash || !digests.isAtEnd) {
    digests.fail('digestAlgorithms does not name the hash of the one signer alone');
  }
}

function readCertificates(data: DerReader): readonly Certificate[] {
  const set = data.optional(constructed(0), 'certificates');
  if (set === undefined) return data.fail('the signature carries no certificates');
  const reader = data.into(set);
  const certificates: Certificate[] = [];
  while (!reader.isAtEnd) {
    if (certificates.length === MAX_CERTIFICATES) {
      reader.fail(`the signature carries more than ${MAX_CERTIFICATES} certificates`);
    }
    certificates.push(readCertificate(reader.next(TAG.sequence, 'a certificate').raw));
  }
  return certificates;
}

type Signer = Omit<CmsSignature, 'certificates'> & { readonly version: number };

function readSigner(signers: DerReader, certificates: readonly Certificate[]): Signer {
  if (signers.isAtEnd) refuse('signature-signers', 'the signature has no signer');
  const info = signers.enter(TAG.sequence, 'SignerInfo');
  if (!signers.isAtEnd)
    refuse('signature-signers', 'the signature has several signers; one is asked for');
  const version = info.small('the version of SignerInfo');
  const signer = findSigner(info, version, certificates);
  const hash = readHash(info.enter(TAG.sequence, 'digestAlgorithm'), 'digestAlgorithm');
  const signedAttributes = info.optional(constructed(0), 'signedAttrs');
  const algorithm = info.enter(TAG.sequence, 'signatureAlgorithm');
  const scheme = readScheme(algorithm, 'signatureAlgorithm', hash);
  const signature = info.next(TAG.octetString, 'the signature value').content;
  if (info.nextTag === constructed(1)) {
    const text =
      'the signature carries attributes that nobody signed (a counter-signature or time stamp)';
    refuse('signature-unsigned-attributes', text);
  }
  info.end('SignerInfo');
  const attributes =
    signedAttributes === undefined
      ? undefined
      : {
          // RFC 5652, 5.4: signed is the SET, not the [0] that stands in the message
          signed: Buffer.concat([Buffer.from([TAG.set]), signedAttributes.raw.subarray(1)]),
          digest: readAttributes(info.into(signedAttributes)),
        };
  return { version, signer, hash, scheme, signature, attributes };
}

/** RFC 5652, 5.3: version 1 names issuer and serial, version 3 the key. */
function findSigner(
  info: DerReader,
  version: number,
  certificates: readonly Certificate[],
): Certificate {
  let found: readonly Certificate[];
  if (version === 1) {
    const sid = info.enter(TAG.sequence, 'the id of the signer');
    const issuer = sid.next(TAG.sequence, 'the issuer of the signer').raw;
    const serial = sid.unsigned('the serial number of the signer');
    sid.end('the id of the signer');
    found = certificates.filter((c) => c.issuer.equals(issuer) && c.serial.equals(serial));
  } else if (version === 3) {
    const { content } = info.next(primitive(0), 'the key id of the signer');
    found = certificates.filter((c) => c.extensions.subjectKeyId?.equals(content) === true);
  } else {
    return info.fail('SignerInfo is of a version that is not known');
  }
  const [signer, ...others] = found;
  if (signer === undefined) return info.fail("the signer's certificate is not in the signature");
  if (others.length > 0) info.fail('several certificates fit the id of the signer');
  return signer;
}

/** RFC 5652, 11.1 and 11.2: both once, each with one value. Gives the digest. */
function readAttributes(attributes: DerReader): Buffer {
  const seen = new Map<string, DerReader>();
  while (!attributes.isAtEnd) {
    const attribute = attributes.enter(TAG.sequence, 'a signed attribute');
    const oid = attribute.oid('a signed attribute');
    const values = attribute.enter(TAG.set, 'a signed attribute');
    attribute.end('a signed attribute');
    if (seen.has(oid)) attributes.fail(`the signed attribute ${oid} is there twice`);
    seen.set(oid, values);
  }
  const type =
    seen.get(CONTENT_TYPE) ?? attributes.fail('the signed attribute contentType is missing');
  if (type.oid('contentType') !== DATA) attributes.fail('contentType is something other than data');
  type.end('contentType');
  const digest =
    seen.get(MESSAGE_DIGEST) ?? attributes.fail('the signed attribute messageDigest is missing');
  const { content } = digest.next(TAG.octetString, 'messageDigest');
  digest.end('messageDigest');
  return content;
}

/** Whether the signer signed exactly `content`. Says nothing about who the signer is. */
export function isOver(
  { signer, hash, scheme, signature, attributes }: CmsSignature,
  content: Buffer,
): boolean {
  if (attributes === undefined) return isSignedBy(signer.key, scheme, content, signature);
  const digest = createHash(hash).update(content).digest();
  return (
    digest.equals(attributes.digest) && isSignedBy(signer.key, scheme, attributes.signed, signature)
  );
}
