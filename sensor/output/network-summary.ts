/** Who else is in the network, for the summary: by address, what it is, what it is called, what it speaks. */
import type { DeviceRole } from '#sensor/model/inventory.ts';
import type { AssetReport } from '#sensor/model/link.ts';
import { protocolLabel } from '#sensor/model/protocol-label.ts';

/** Lines before the rest is only counted. */
const MAX_ASSETS_SHOWN = 16;
const MAX_PROTOCOLS_SHOWN = 6;

/** What is told of decoded exchanges stands above these lines. */
const DECODED: ReadonlySet<string> = new Set(['modbus', 'opcua']);

type Style = (text: string) => string;

/** None where nobody is known but by decoded exchanges. */
export function networkLines(
  assets: readonly AssetReport[],
  bold: Style,
  dim: Style,
): readonly string[] {
  const told = assets.filter((asset) => describe(asset) !== '');
  if (told.length === 0) return [];
  const shown = told.slice(0, MAX_ASSETS_SHOWN);
  const width = Math.max(...shown.map(({ ip }) => ip.length));
  const lines = shown.map((asset) => `  ${asset.ip.padEnd(width)}  ${describe(asset)}`);
  const rest = told.length - shown.length;
  if (rest > 0) lines.push(dim(`  and ${rest} more; --assets - lists them all`));
  return [bold('In the network'), ...lines];
}

function describe({ names = [], vendor, behaviour = [], protocols }: AssetReport): string {
  const spoken = protocols.filter((protocol) => !DECODED.has(protocol)).map(protocolLabel);
  const more = spoken.length - MAX_PROTOCOLS_SHOWN;
  const parts = [
    behaviour.map(({ role }) => roleText(role)).join(', '),
    names[0]?.name,
    vendor,
    `${spoken.slice(0, MAX_PROTOCOLS_SHOWN).join(', ')}${more > 0 ? ` and ${more} more` : ''}`,
  ];
  return parts.filter((part) => part !== undefined && part !== '').join('; ');
}

const roleText = (role: DeviceRole): string => (role === 'hmi' ? 'HMI' : role.replaceAll('-', ' '));
