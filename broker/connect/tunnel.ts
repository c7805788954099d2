/** One connection of the vendor's tool, carried to the gate over a WebSocket of its own. */
import type { Socket } from 'node:net';
import type WebSocket from 'ws';
import { MAX_TUNNEL_MESSAGE_BYTES } from '#broker/model/connect.ts';

/** What opens WebSockets to the gate: address and the certificate of now. */
export type OpenSocket = (path: '/tunnel' | '/control', maxPayload: number) => WebSocket;

/** Above this the tool's socket is paused until the gate has taken what waits. */
const HIGH_WATER_BYTES = 256 * 1024;

/** Carries bytes both ways until either end closes. `failed` hears why a tunnel could not be opened. */
export function carry(tool: Socket, open: OpenSocket, failed: (why: string) => void): void {
  const tunnel = open('/tunnel', MAX_TUNNEL_MESSAGE_BYTES);
  let opened = false;
  tool.pause();
  tool.setNoDelay(true);
  tunnel.on('open', () => {
    opened = true;
    tool.resume();
  });
  tool.on('data', (bytes: Buffer) => {
    tunnel.send(bytes, { binary: true }, () => {
      if (tool.isPaused() && tunnel.bufferedAmount < HIGH_WATER_BYTES) tool.resume();
    });
    if (tunnel.bufferedAmount >= HIGH_WATER_BYTES) tool.pause();
  });
  tool.on('end', () => tunnel.close());
  tool.on('close', () => tunnel.terminate());
  // What a tool does to its own connection is its own business.
  tool.on('error', () => undefined);
  tunnel.on('message', (bytes: Buffer) => {
    if (!tool.write(bytes)) {
      tunnel.pause();
      tool.once('drain', () => tunnel.resume());
    }
  });
  tunnel.on('close', () => {
    if (opened) tool.end();
    else tool.destroy();
  });
  tunnel.on('error', (error: Error) => {
    if (!opened) failed(error.message);
    tool.destroy();
  });
}
