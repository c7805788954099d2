/** A PLC on a real Modbus stack (modbus-serial) that counts what reaches it. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { ServerTCP } from 'modbus-serial';

interface CountedWrite {
  readonly address: number;
  readonly value: number;
}

export interface CountingPlc {
  readonly port: number;
  readonly writes: CountedWrite[];
  readonly registers: number[];
  /** Connections that stand now. */
  readonly connections: () => number;
  readonly close: () => Promise<void>;
}

/** Of plc-12 in the example plant. */
export const PLC_ADDRESS = '127.20.1.12';

/** A port that was free a moment ago: modbus-serial takes 0 for 502. */
async function freePort(host: string): Promise<number> {
  const server = createServer().listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

export async function startCountingPlc(): Promise<CountingPlc> {
  const port = await freePort(PLC_ADDRESS);
  const registers = Array.from({ length: 300 }, (_, i) => i);
  const writes: CountedWrite[] = [];
  const inside = (address: number): void => {
    if (address < registers.length) return;
    throw Object.assign(new Error('illegal data address'), { modbusErrorCode: 2 });
  };
  const server = new ServerTCP(
    {
      getHoldingRegister: (address: number) => {
        inside(address);
        return registers[address] ?? 0;
      },
      setRegister: async (address: number, value: number) => {
        inside(address);
        registers[address] = value;
        writes.push({ address, value });
      },
    },
    { host: PLC_ADDRESS, port, unitID: 1 },
  );
  await new Promise((resolve) => server.once('initialized', resolve));
  server.on('socketError', () => undefined);
  const { socks } = server as unknown as { readonly socks: Map<unknown, unknown> };
  return {
    port,
    writes,
    registers,
    connections: () => socks.size,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
