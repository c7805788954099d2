/** The port on the vendor's machine that their tool speaks to. */
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { ConnectError } from './connect-error.ts';

const LOOPBACK = '127.0.0.1';

function listening(server: Server, host: string, port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const failed = (): void => resolve(false);
  server.once('error', failed);
  server.listen({ host, port, exclusive: true }, () => {
    server.off('error', failed);
    resolve(true);
  });
  return promise;
}

export interface LoopbackPort {
  /** `127.0.0.1:5020` */
  readonly address: string;
  /** Ends it and every connection of a tool. */
  close(): void;
}

/**
 * Opens `wanted`, or 127.0.0.1 with the asset's own port (many tools cannot be told another), or where
 * that is taken any free one. Throws `ConnectError` `listen` only where `wanted` cannot be had.
 */
export async function openLoopbackPort(
  wanted: { readonly host: string; readonly port: number } | undefined,
  assetPort: number,
  tool: (socket: Socket) => void,
): Promise<LoopbackPort> {
  const tools = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    tools.add(socket);
    socket.once('close', () => tools.delete(socket));
    tool(socket);
  });
  const host = wanted?.host ?? LOOPBACK;
  const tries = wanted === undefined ? [assetPort, 0] : [wanted.port];
  for (const port of tries) {
    if (await listening(server, host, port)) {
      const { port: opened } = server.address() as AddressInfo;
      return {
        address: `${host}:${opened}`,
        close: () => {
          server.close();
          for (const socket of tools) socket.destroy();
        },
      };
    }
  }
  throw new ConnectError(
    'listen',
    `${host}:${wanted?.port ?? assetPort} cannot be opened; name another with --listen 127.0.0.1:PORT`,
  );
}
