/**
 * What may not change when the token of a channel is renewed: the channel itself, its policy and mode, and
 * who the ends are. OPC 10000-4, 5.6.2; OPC 10000-6, 6.7.4.
 */
import { type OpcuaSecurity, shortThumbprint } from '#sensor/model/opcua.ts';
import { fault, type OpcuaFact } from './fault.ts';

/** A channel as an opening made it; what could not be read is absent. */
export interface Opened {
  readonly channelId: number;
  readonly policy: string;
  readonly mode: OpcuaSecurity['mode'];
  readonly client: string | undefined;
  readonly server: string | undefined;
}

/** The client asks for a channel with id `asked`, 0 for a new one, and `now` is what comes of it. */
export function renewalFacts(before: Opened, asked: number, now: Opened): OpcuaFact[] {
  const texts: string[] = [];
  if (asked === 0) {
    texts.push(`another channel is opened on the connection of channel ${before.channelId}`);
  } else if (asked !== before.channelId || now.channelId !== before.channelId) {
    texts.push(
      `channel ${asked} is renewed and ${now.channelId} answers, on the connection of channel ${before.channelId}`,
    );
  }
  for (const [what, was, is] of [
    ['policy', before.policy, now.policy],
    ['mode', before.mode, now.mode],
    ['certificate of the client', short(before.client), short(now.client)],
    ['certificate of the server', short(before.server), short(now.server)],
  ]) {
    if (was === undefined || is === undefined || was === is) continue;
    texts.push(`the channel is renewed with ${what} ${is}, and was opened with ${was}`);
  }
  return texts.map((text) => fault('opcua.renewal', text));
}

const short = (thumbprint: string | undefined): string | undefined =>
  thumbprint && shortThumbprint(thumbprint);
