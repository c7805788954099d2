/** Authentication tokens, by which requests say of which session they are. OPC 10000-4, 7.36. */
import type { BinaryReader } from './binary.ts';
import { type NodeId, readNodeId } from './node-id.ts';

interface SessionToken {
  readonly encoding: number;
  readonly namespace: number;
  /** Bytes of the identifier, which are hidden; 0 where it is no session's. */
  readonly length: number;
}

/**
 * An authentication token. What tells it from others is `reader.token`, whole where a NodeId is only shown in
 * part, and the same for each encoding of the same number. Its identifier is hidden, its encoding is not, so
 * that what remains of the message can still be decoded.
 */
export function readToken(reader: BinaryReader): SessionToken {
  const from = reader.at;
  const node = readNodeId(reader);
  const encoding = reader.bytes[from] ?? 0;
  const { namespace, numeric } = node;
  reader.token = '';
  if (reader.fault !== undefined) return { encoding, namespace, length: 0 };
  const head = encoding === 0 ? 1 : encoding === 1 ? 2 : encoding === 3 || encoding === 5 ? 7 : 3;
  const length = isNull(node) ? 0 : reader.at - from - head;
  if (length > 0) reader.hide(from + head, length);
  const isNumber = encoding < 3;
  const identifier = isNumber ? numeric : reader.bytes.toString('hex', from + head, reader.at);
  reader.token = `${namespace} ${isNumber ? 'i' : encoding} ${identifier}`;
  return { encoding, namespace, length };
}

const isNull = ({ namespace, numeric }: NodeId): boolean => namespace === 0 && numeric === 0;
