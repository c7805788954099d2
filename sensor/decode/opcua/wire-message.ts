/** OPC UA messages with every detail of their encoding, for outputs that show the wire; secrets are not in them. */
import type { Micros } from '#sensor/model/time.ts';
import { BinaryReader } from './binary.ts';
import type { Message } from './message.ts';
import { readEncoded } from './node-id.ts';
import type { Opening } from './opening.ts';
import { type MessageTree, readMessage } from './read-message.ts';

export interface WireMessage {
  readonly at: Micros;
  /** Bytes of all its chunks, their headers included. */
  readonly size: number;
  readonly channelId: number;
  /** The following are valid iff it could be read. */
  readonly content?: {
    readonly requestId: number;
    readonly sequence: number;
    /** Of the type id in front of its fields. */
    readonly encoding: number;
    readonly namespace: number;
    readonly message: MessageTree;
  };
  /** Valid iff it opens a channel. */
  readonly opening?: Pick<Opening, 'policyUri' | 'sender' | 'thumbprint'>;
}

/** A request and its response, of which one may be missing; or a message of the transport. */
export type WireExchange =
  | {
      readonly kind: 'service';
      readonly request: WireMessage | undefined;
      readonly response: WireMessage | undefined;
    }
  | {
      readonly kind: 'transport';
      /** The whole chunk. */
      readonly bytes: Buffer;
    };

export interface WireHeading {
  readonly channelId: number;
  readonly requestId: number;
  readonly sequence: number;
}

/** One that could not be read. */
export const opaqueMessage = ({ at, size }: Message, channelId: number): WireMessage => ({
  at,
  size,
  channelId,
});

export function wireMessage(
  message: Message,
  heading: WireHeading,
  signature: number,
): WireMessage {
  const { channelId, requestId, sequence } = heading;
  const body = message.body(signature);
  const reader = new BinaryReader(body);
  const encoding = reader.byte();
  const { namespace } = readEncoded(reader, encoding);
  const content = { requestId, sequence, encoding, namespace, message: readMessage(body) };
  return { ...opaqueMessage(message, channelId), content };
}
