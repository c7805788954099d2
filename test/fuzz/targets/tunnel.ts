import { tcpFrame } from '../../support/packets.ts';
import { TUNNELS } from '../../support/tunnels.ts';
import type { Target } from '../target.ts';
import { frame, PACKET } from './packet.ts';

const payload = Buffer.from('000100000006010300000001', 'hex');

/** As `PACKET`, with a packet in each kind of tunnel to begin with. */
export const TUNNEL: Target = {
  ...PACKET,
  name: 'tunnel',
  promise: 'what is shown of a packet in a tunnel lies within it',
  share: 50,
  words: ['0800', '86dd', '6558', '8847', '8864', '88be', '22eb', '12b5', '2f', '04', '29'].map(
    (hex) => Buffer.from(hex, 'hex'),
  ),
  seeds: TUNNELS.map(({ wrap }) => frame(0, wrap(tcpFrame({ payload })))),
};
