/** The example PLC: a real Modbus server (modbus-serial) in front of the simulated process. */
import { ServerTCP } from 'modbus-serial';
import { AT_REST, type ProcessState, step } from './process.ts';

/** Registers and coils that exist; others answer illegal-data-address, as a real device does. */
const REGISTERS = 200;
const COILS = 16;
const SETPOINTS = 100;

/** What modbus-serial answers with exception 2. MODBUS Application Protocol V1.1b3, section 7. */
class IllegalDataAddress extends Error {
  readonly modbusErrorCode = 2;
}

/** One register or coil that a client wrote. */
interface SeenWrite {
  readonly at: number;
  readonly table: 'coils' | 'holding-registers';
  readonly address: number;
  readonly value: number;
}

export interface Plc {
  /** Every write that reached the device, in order: the truth that recordings are compared with. */
  readonly writes: readonly SeenWrite[];
  close(): Promise<void>;
}

export interface PlcOptions {
  readonly host: string;
  /** Never 0: modbus-serial would take 502. */
  readonly port: number;
  readonly unit: number;
  readonly now: () => number;
  /** -1..1 */
  readonly noise: () => number;
}

/** Starts the PLC; rejects when it cannot listen. */
export async function startPlc(options: PlcOptions): Promise<Plc> {
  const holding = new Uint16Array(REGISTERS);
  const coils = new Uint8Array(COILS);
  const writes: SeenWrite[] = [];
  holding[SETPOINTS] = 1200;
  holding[SETPOINTS + 1] = 800;
  coils[0] = 1;

  let state = AT_REST;
  const show = (next: ProcessState): void => {
    state = next;
    holding.set([next.pumpSpeed, next.pressure, next.temperature, next.level], 0);
  };
  show(state);
  const timer = setInterval(() => {
    const setpoints = { running: coils[0] === 1, pumpSpeed: holding[SETPOINTS] ?? 0 };
    show(step(state, setpoints, options.noise));
  }, 1000);

  const inside = (address: number, count: number, size: number): void => {
    if (address + count > size) throw new IllegalDataAddress();
  };
  const registers = (address: number, count: number): number[] => {
    inside(address, count, REGISTERS);
    return [...holding.subarray(address, address + count)];
  };
  const write = (table: SeenWrite['table'], address: number, value: number): void => {
    if (table === 'coils') coils[address] = value;
    else holding[address] = value;
    writes.push({ at: options.now(), table, address, value });
  };
  const server = new ServerTCP(
    {
      getCoil: (address: number) => {
        inside(address, 1, COILS);
        return coils[address] === 1;
      },
      getDiscreteInput: (address: number) => {
        inside(address, 1, COILS);
        return coils[address] === 1;
      },
      // modbus-serial asks for a single register by these, and does not answer without them.
      getHoldingRegister: (address: number) => registers(address, 1)[0] ?? 0,
      getInputRegister: (address: number) => registers(address, 1)[0] ?? 0,
      getMultipleHoldingRegisters: registers,
      getMultipleInputRegisters: registers,
      setCoil: (address: number, value: boolean) => {
        inside(address, 1, COILS);
        write('coils', address, value ? 1 : 0);
      },
      setRegister: (address: number, value: number) => {
        inside(address, 1, REGISTERS);
        write('holding-registers', address, value);
      },
      readDeviceIdentification: () => ({
        0: 'Example Works',
        1: 'EW-PLC 12',
        2: '2.4.1',
        4: 'Press control',
        5: 'EW-PLC 12 C',
      }),
    } as ConstructorParameters<typeof ServerTCP>[0],
    { host: options.host, port: options.port, unitID: options.unit },
  );
  await listening(server);
  return {
    writes,
    close: () => {
      clearInterval(timer);
      const { promise, resolve } = Promise.withResolvers<void>();
      server.close(() => resolve());
      return promise;
    },
  };
}

/** Resolves once `server` listens; rejects when it cannot. */
async function listening(server: ServerTCP): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.on('initialized', () => resolve());
  server.on('serverError', (error) => reject(error));
  // A client that resets its connection is its own business.
  server.on('socketError', () => undefined);
  await promise;
}
