/**
 * What can be wrong with OPC UA bytes, by stable name. A fault is a fact, never an alert: `rules/`
 * decides. No text carries bytes of the wire: any of them may be part of a secret.
 */
import type { Fact } from '#sensor/model/fact.ts';

/** On the fields of a message body. */
export type BodyFault =
  /** The body ends within a field. */
  | 'opcua.truncated'
  /** Bytes follow the last field. */
  | 'opcua.surplus'
  /** A count or length that the rest of the message cannot hold, or a negative one that is not -1. */
  | 'opcua.count'
  /** Values nested deeper than any stack must read. */
  | 'opcua.depth'
  /** An encoding byte that the specification does not assign. */
  | 'opcua.encoding'
  /** Text that is no UTF-8, or holds control characters. */
  | 'opcua.text';

export type OpcuaFault =
  | BodyFault
  // on the transport
  | 'opcua.message-type'
  | 'opcua.size'
  | 'opcua.hello'
  /** A message that this side does not send. */
  | 'opcua.role'
  /** Beyond what HEL and ACK agreed on. */
  | 'opcua.chunk-size'
  | 'opcua.message-size'
  | 'opcua.chunk-count'
  | 'opcua.chunk-limit'
  /** What waits in all connections took too much memory, so something of this one was let go. */
  | 'opcua.memory-limit'
  /** The beginning of a message was never captured; its end means nothing. */
  | 'opcua.beginning-lost'
  | 'opcua.chunk-aborted'
  | 'opcua.channel'
  /** A token that was never given, an old one again, or one whose time is over. */
  | 'opcua.token'
  /** A channel is renewed as another one than it was. */
  | 'opcua.renewal'
  /** A mode that the policy does not have. */
  | 'opcua.mode'
  | 'opcua.sequence'
  | 'opcua.request-mixed'
  // on the message
  | 'opcua.service'
  | 'opcua.certificate'
  // on the exchange
  | 'opcua.response-without-request'
  | 'opcua.response-mismatch'
  | 'opcua.request-reused'
  | 'opcua.unanswered'
  | 'opcua.pending-limit';

export interface OpcuaFact extends Fact {
  readonly name: OpcuaFault;
}

/** States a fault; `text` is for people. */
export function fault(name: OpcuaFault, text: string): OpcuaFact {
  return { name, text };
}

/** What the reading of a body has to say. `isRead`: its fields are known, so that it must end where they do. */
export function bodyFacts(
  { fault: found, left, isUnclean }: BodyReading,
  { name, isRead, at }: { readonly name: string; readonly isRead: boolean; readonly at: number },
): OpcuaFact[] {
  const facts: OpcuaFact[] = [];
  if (found !== undefined) {
    facts.push(fault(found.name, `${name}: ${WORDS[found.name]} at byte ${found.at - at}`));
  } else if (isRead && left > 0) {
    facts.push(fault('opcua.surplus', `${name}: ${left} bytes ${WORDS['opcua.surplus']}`));
  }
  if (isUnclean) facts.push(fault('opcua.text', `${name}: ${WORDS['opcua.text']}`));
  return facts;
}

interface BodyReading {
  readonly fault: { readonly name: BodyFault; readonly at: number } | undefined;
  readonly left: number;
  readonly isUnclean: boolean;
}

const WORDS: Readonly<Record<BodyFault, string>> = {
  'opcua.truncated': 'the message ends within a field',
  'opcua.surplus': 'follow its last field',
  'opcua.count': 'a count that does not fit what follows',
  'opcua.depth': 'values are nested too deep',
  'opcua.encoding': 'an encoding that is not assigned',
  'opcua.text': 'a text is no clean UTF-8',
};
