/** Checks of zones, assets and gates. */
import { contains, parseIp, parsePrefix } from '../address.ts';
import type { Plant } from '../plant.ts';
import { createLocator, zonesAround } from '../zones.ts';
import { error, type Finding, warning } from './finding.ts';

/** Somebody must answer for each zone. IEC 62443-3-2, 4.4 (ZCR 3). */
export const zoneWithoutOwner = ({ zones }: Plant): readonly Finding[] =>
  [...zones.values()]
    .filter(({ owner }) => owner === undefined)
    .map(({ id, at }) =>
      warning('zone-without-owner', at, `zone \`${id}\` has no \`owner\`: name who answers for it`),
    );

export const zoneWithoutAddresses = ({ zones }: Plant): readonly Finding[] =>
  [...zones.values()]
    .filter(({ cidrs }) => cidrs.length === 0)
    .map(({ id, at }) =>
      warning('zone-without-addresses', at, `zone \`${id}\` has no \`cidrs\`: nothing lies in it`),
    );

export function gateOutsideZones(plant: Plant): readonly Finding[] {
  const locate = createLocator(plant);
  return plant.gates
    .filter((gate) => locate(gate)?.zones.length === 0)
    .map((gate) => ({
      severity: 'error',
      check: 'gate-outside-zones',
      message: `gate ${gate} lies in no zone, so no conduit begins at it: add its zone`,
    }));
}

/** Addresses that are no host's, or no host's for long, and what they are. RFC 6890; 127.0.0.0/8 is a plant on one machine. */
const NO_HOST = [
  ['0.0.0.0/8', 'stands for no address'],
  ['169.254.0.0/16', 'is link-local: a device without a configuration makes it up'],
  ['224.0.0.0/4', 'is a multicast group'],
  ['255.255.255.255/32', 'is the broadcast'],
  ['::/128', 'stands for no address'],
  ['ff00::/8', 'is a multicast group'],
].flatMap(([text = '', what = '']) => {
  const prefix = parsePrefix(text);
  return prefix === undefined ? [] : [{ prefix, what }];
});

function noHost(address: string): string | undefined {
  const ip = parseIp(address);
  return ip && NO_HOST.find(({ prefix }) => contains(prefix, ip))?.what;
}

/** Nothing ever comes from such an address or goes to it alone, so what is said of it protects nothing. */
export const addressOfNoHost = ({ assets, gates }: Plant): readonly Finding[] => [
  ...gates.flatMap((gate) => {
    const what = noHost(gate);
    const message = `gate ${gate} ${what}: write the address from which the gate reaches the plant`;
    return what === undefined
      ? []
      : [{ severity: 'error' as const, check: 'address-of-no-host', message }];
  }),
  ...[...assets.values()].flatMap(({ id, address, at }) => {
    const what = noHost(address);
    const message = `address ${address} of asset \`${id}\` ${what}: write the one that it has on the wire`;
    return what === undefined ? [] : [error('address-of-no-host', at, message)];
  }),
];

/** An asset that no conduit reaches is either unprotected in another way, or forgotten. */
export function assetWithoutConduit(plant: Plant): readonly Finding[] {
  const ends = new Set(plant.conduits.map(({ to }) => to));
  return [...plant.assets.values()]
    .filter((asset) => asset.modbus !== undefined || asset.opcua !== undefined)
    .filter(({ id, zone }) => ![id, ...zonesAround(plant, zone)].some((end) => ends.has(end)))
    .map(({ id, at }) =>
      warning(
        'asset-without-conduit',
        at,
        `no conduit leads to asset \`${id}\`: nothing may talk to it`,
      ),
    );
}

/** A zone in a safety zone is a safety zone; one that says otherwise was meant otherwise. */
export const safetyInside = (plant: Plant): readonly Finding[] =>
  [...plant.zones.values()]
    .filter(({ safety }) => !safety)
    .flatMap(({ id, at }) => {
      const outer = zonesAround(plant, id).find((zone) => plant.zones.get(zone)?.safety === true);
      const message = `zone \`${id}\` lies in safety zone \`${outer}\`, whose limits hold here too: say \`safety: true\``;
      return outer === undefined ? [] : [warning('safety-inside', at, message)];
    });
