/**
 * The headers of an OPN chunk, which are always readable, whatever the policy. OPC 10000-6, 6.7.2.3.
 *
 *     offset  size  field
 *     8       4     secure channel id              0 where it is new
 *     12      4+n   security policy URI
 *             4+n   sender certificate             DER, perhaps with its chain
 *             4+n   receiver certificate thumbprint
 *             4     sequence number                encrypted from here on by the policies of RSA
 *             4     request id
 *             ..    body
 */
import type { OpcuaCertificate } from '#sensor/model/opcua.ts';
import { BinaryReader } from './binary.ts';
import { readCertificate } from './certificate.ts';
import { HEADER_LENGTH } from './frame.ts';
import { POLICIES, type SecuredOpening, shortPolicy } from './policies.ts';

export interface Opening {
  readonly channelId: number;
  readonly policyUri: string;
  /** Short name. */
  readonly policy: string;
  readonly certificate: OpcuaCertificate | undefined;
  /** The same as it came, and the thumbprint of the receiver's, in the memory of the chunk. */
  readonly sender: Buffer | undefined;
  readonly thumbprint: Buffer | undefined;
  /** The certificate that it is meant for, SHA-1 in hex. */
  readonly receiver: string | undefined;
  /** Bytes of the signature behind the body; undefined where that is encrypted, or nobody knows. */
  readonly signature: number | undefined;
  /** Valid iff the body can be read. */
  readonly sequence: number;
  readonly requestId: number;
  /** Length of everything before the body, or before the ciphertext. */
  readonly head: number;
}

/** Bytes of a thumbprint. */
const SHA1 = 20;

/** Undefined where the headers do not fit the chunk. */
export function readOpening(bytes: Buffer): Opening | undefined {
  const reader = new BinaryReader(bytes, HEADER_LENGTH);
  const channelId = reader.uint32();
  const uri = reader.text();
  const sender = reader.byteString();
  const receiver = reader.byteString();
  const clear = reader.at;
  const sequence = reader.uint32();
  const requestId = reader.uint32();
  if (reader.fault !== undefined || uri === undefined || reader.isUnclean) return undefined;
  const policy = shortPolicy(uri);
  const certificate = sender && readCertificate(sender);
  const signature = signatureOf(POLICIES.get(policy)?.opening, certificate);
  return {
    channelId,
    policyUri: uri,
    policy,
    certificate,
    sender,
    thumbprint: receiver,
    receiver: receiver?.length === SHA1 ? receiver.toString('hex') : undefined,
    signature,
    sequence,
    requestId,
    head: signature === undefined ? clear : reader.at,
  };
}

function signatureOf(
  secured: SecuredOpening | undefined,
  certificate: OpcuaCertificate | undefined,
): number | undefined {
  switch (secured?.kind) {
    case 'plain':
      return 0;
    case 'signed':
      return secured.signature;
    case 'signed-by-key': {
      const bits = certificate?.key?.size;
      return bits === undefined ? undefined : Math.ceil(bits / 8);
    }
    case 'sealed':
    case undefined:
      return undefined;
    default:
      return secured satisfies never;
  }
}
