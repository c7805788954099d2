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
  const isUnderstood = isKnown(parsed) && parsed.isHeaded && parsed.isExact;
  if (isUnderstood && !message.isCut) message.vouch(shield);
  else message.vouchHeaders(shield);
}
