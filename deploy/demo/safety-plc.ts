/** The safety controller of the example plant: a second real Modbus stack (jsmodbus), read by the HMI alone. */
import { createServer, type Socket } from 'node:net';
import jsmodbus from 'jsmodbus';

/** Bytes of register memory: 100 holding registers. */
const HOLDING_BYTES = 200;
const COIL_BYTES = 2;

export interface SafetyPlc {
  /** Writes that reached it. A healthy example plant never has one. */
  readonly writes: () => number;
  close(): Promise<void>;
}

/** Starts it; rejects when it cannot listen. `noise` gives -1..1. */
export async function startSafetyPlc(options: {
  readonly host: string;
  readonly port: number;
  readonly noise: () => number;
}): Promise<SafetyPlc> {
  const holding = Buffer.alloc(HOLDING_BYTES);
  const coils = Buffer.alloc(COIL_BYTES);
  const server = createServer();
  const modbus = new jsmodbus.server.TCP(server, {
    holding,
    coils,
    input: holding,
    discrete: coils,
  });
  let writes = 0;
  for (const event of [
    'postWriteSingleCoil',
    'postWriteSingleRegister',
    'postWriteMultipleCoils',
    'postWriteMultipleRegisters',
  ] as const) {
    // The typings name each event with another listener; all we want is to count.
    (modbus.on as (event: string, listener: () => void) => unknown).call(modbus, event, () => {
      writes += 1;
    });
  }
  coils.writeUInt8(0b0000_0101, 0);
  const timer = setInterval(() => {
    holding.writeUInt16BE(Math.round(410 + 3 * options.noise()), 0);
    holding.writeUInt16BE(Math.round(418 + 2 * options.noise()), 2);
  }, 1000);
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(options.port, options.host, resolve);
  await promise;
  return {
    writes: () => writes,
    close: () => {
      clearInterval(timer);
      for (const socket of sockets) socket.destroy();
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      return closed.promise;
    },
  };
}
