/** What an asset is by what it does, as people write it. */
import type { AssetRowView } from '../../api/views-assets.ts';

type DeviceRole = AssetRowView['behaviour'][number];

const NAMES: Readonly<Record<DeviceRole, string>> = {
  controller: 'controller',
  hmi: 'HMI',
  'engineering-station': 'engineering station',
  gateway: 'gateway',
  historian: 'historian',
  switch: 'switch',
  server: 'server',
};

export const roleName = (role: DeviceRole): string => NAMES[role];
