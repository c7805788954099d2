/**
 * The headers of an OPN chunk, which are always readable, whatever the policy. OPC 10000-6, 6.7.2.3.
 *
 *     offset  size  field
 *     8       4     secure channel id              0 where it is new
 *     12      4+n   security policy URI
 *             4+n   sender certificate             DER, perhaps with its chain
 *             4+n   receiver certificate thumbprint
 *             4     sequence number                encrypted from here on, unless the policy is None
 *             4     request id
 *             ..    body
 */
import type { OpcuaCertificate } from '#sensor/model/opcua.ts';
import { BinaryReader } from './binary.ts';
import { readCertificate } from './certificate.ts';
import { shortPolicy } from './channel.ts';
import { HEADER_LENGTH } from './frame.ts';

export interface Opening {
  readonly channelId: number;
  readonly uri: string;
  /** Certificate of the sender, and thumbprint of that of the receiver, in the memory of the chunk; undefined where there is none. */
  readonly sender: Buffer | undefined;
  readonly receiver: Buffer | undefined;
  /** Short name of the policy. */
  readonly policy: string;
  readonly certificate: OpcuaCertificate | undefined;
  /** Valid iff the policy is None. */
  readonly sequence: number;
  readonly requestId: number;
  /** Length of everything before the body, or before the ciphertext. */
  readonly head: number;
}

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
  return {
    channelId,
    policy,
    uri,
    sender,
    receiver,
    certificate: sender && readCertificate(sender),
    sequence,
    requestId,
    head: policy === 'None' ? reader.at : clear,
  };
}
