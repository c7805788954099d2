/** Who sensors heard speak with whom, once for each pair, whichever end and sensor told of it; of those with a decoded operation. */
import { type AssetRecord, assetIdOf, type SeenConversation } from '#broker/model/asset.ts';
import { micros } from '#sensor/model/time.ts';

export interface Heard extends Pick<SeenConversation, 'kinds' | 'lastSeen'> {
  readonly client: string;
  readonly server: string;
}

/** The newest first. */
export function conversationsIn(records: readonly AssetRecord[]): readonly Heard[] {
  const byPair = new Map<string, Heard>();
  for (const { address, sightings } of records) {
    for (const { peer, role, kinds, lastSeen } of sightings.flatMap((s) => s.conversations)) {
      if (kinds.length === 0) continue;
      const [client, server] = role === 'client' ? [address, peer] : [peer, address];
      const key = `${assetIdOf(client)} ${assetIdOf(server)}`;
      const known = byPair.get(key);
      byPair.set(key, {
        client,
        server,
        kinds: [...new Set([...(known?.kinds ?? []), ...kinds])],
        lastSeen: micros(Math.max(known?.lastSeen ?? 0, lastSeen)),
      });
    }
  }
  return [...byPair.values()].sort((a, b) => b.lastSeen - a.lastSeen);
}
