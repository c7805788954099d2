/** What a person asks of the assets, as the store understands it: names and zones are known to the policy alone. */
import { type AssetId, assetIdAt, assetIdOf } from '#broker/model/asset.ts';
import type { AssetFilter } from '#broker/store/store.ts';
import type { Asset, Plant } from '#policies/plant.ts';
import { rangesOf } from '#policies/zone-ranges.ts';
import { liesIn } from '#policies/zones.ts';
import { wordsIn } from './search-words.ts';

export interface AssetSearch {
  readonly text?: string;
  /** Zone id; empty = in no zone. */
  readonly zone?: string;
  readonly protocol?: string;
  readonly standing?: 'named' | 'unknown' | 'unheard';
}

/** The addresses that the policy names. */
export const namedIds = (assets: Iterable<Asset>): readonly AssetId[] =>
  [...assets].flatMap(({ address }) => assetIdOf(address) ?? []);

/** Those, and the gates. */
const knownIds = ({ assets, gates }: Plant): readonly AssetId[] => [
  ...namedIds(assets.values()),
  ...gates.flatMap((address) => assetIdOf(address) ?? []),
];

export function assetFilter(plant: Plant, search: AssetSearch): AssetFilter {
  const { text = '', zone, protocol, standing } = search;
  const assets = [...plant.assets.values()];
  const words = wordsIn(text).map((word) => ({
    word,
    or: namedIds(assets.filter((asset) => isCalled(asset, word))),
  }));
  return {
    ...(words.length > 0 && { words }),
    ...(protocol !== undefined && { protocol }),
    ...(zone !== undefined && {
      within: rangesOf(plant, zone === '' ? undefined : zone).map(({ first, last }) => ({
        first: assetIdAt(first),
        last: assetIdAt(last),
      })),
    }),
    ...(standing === 'named' && { among: knownIds(plant) }),
    ...(standing === 'unknown' && { except: knownIds(plant) }),
  };
}

/** Whether `asset`, of which nothing is known but what the policy says, is what `search` asks for. */
export function isSought(plant: Plant, asset: Asset, search: AssetSearch): boolean {
  const { text = '', zone, protocol, standing } = search;
  if (standing === 'unknown') return false;
  if (zone !== undefined && !liesIn(plant, asset.zone, zone)) return false;
  if (protocol !== undefined && !speaks(asset).includes(protocol)) return false;
  return wordsIn(text).every(
    (word) => isCalled(asset, word) || asset.address.toLowerCase().includes(word.toLowerCase()),
  );
}

function isCalled({ id, name, tags }: Asset, word: string): boolean {
  const sought = word.toLowerCase();
  return [id, name, ...tags].some((text) => text.toLowerCase().includes(sought));
}

/** Protocols of the endpoints that the policy names. */
export const speaks = ({ modbus, opcua }: Asset): readonly string[] => [
  ...(modbus === undefined ? [] : ['modbus']),
  ...(opcua === undefined ? [] : ['opcua']),
];
