/** The example HMI: polls both controllers every second and now and then moves a setpoint, as the policy allows. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, connectFrom, disconnect, type Target } from './client.ts';

/** Seconds between two setpoint changes by the operator. */
const WRITE_EVERY = 45;

/** First address of the setpoints; 100 is the pump's speed in rpm. */
const PUMP_SETPOINT = 100;

/** Runs until `stop` is aborted; reconnects after any failure. `log` gets one line for each failure. */
export async function runHmi(options: {
  readonly from: string;
  readonly plc: Target;
  readonly safety: Target;
  readonly stop: AbortSignal;
  readonly noise: () => number;
  readonly log: (line: string) => void;
}): Promise<void> {
  const { stop } = options;
  while (!stop.aborted) {
    const open: Client[] = [];
    try {
      const plc = await connectFrom(options.from, options.plc);
      open.push(plc);
      const safety = await connectFrom(options.from, options.safety);
      open.push(safety);
      for (let second = 1; !stop.aborted; second += 1) {
        await plc.readHoldingRegisters(0, 10);
        await plc.readHoldingRegisters(PUMP_SETPOINT, 2);
        await plc.readCoils(0, 8);
        await safety.readHoldingRegisters(0, 2);
        await safety.readCoils(0, 8);
        if (second % WRITE_EVERY === 0) {
          await plc.writeRegister(PUMP_SETPOINT, Math.round(1200 + 60 * options.noise()));
        }
        await sleep(1000, undefined, { signal: stop });
      }
    } catch (error) {
      if (!stop.aborted)
        options.log(`hmi: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      await Promise.all(open.map(disconnect));
    }
    if (!stop.aborted) await sleep(1000, undefined, { signal: stop }).catch(() => undefined);
  }
}
