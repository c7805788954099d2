/** Overwrites the secrets of messages in what is kept of the wire, and vouches for what was understood. */
import type { Shield } from '../protocol.ts';
import { isKnown } from './channel.ts';
import type { Message } from './message.ts';
import type { ParsedRequest } from './parse-request.ts';
import type { ParsedResponse } from './parse-response.ts';

/** `signature`: bytes behind the body of each chunk. */
export function protect(
  shield: Shield,
  message: Message,
  parsed: ParsedRequest | ParsedResponse,
  signature: number,
): void {
  message.hide(shield, parsed.secrets, signature);
  // Of a service that is known by its header alone, the specification puts secrets nowhere else.
  const isUnderstood = parsed.isExact || (parsed.body.kind === 'unread' && isFaultless(parsed));
  if (isKnown(parsed) && parsed.isHeaded && isUnderstood && !message.isCut) message.vouch(shield);
  else message.vouchHeaders(shield);
}

const isFaultless = ({ facts }: ParsedRequest | ParsedResponse): boolean =>
  facts.every(({ name }) => name === 'opcua.text');
