/** The example plant as a process of its own: `node deploy/demo/plant.ts`; prints `ready`, ends on SIGINT or SIGTERM. */
import { runHmi } from './hmi.ts';
import { HMI, PLC, SAFETY_PLC } from './plan.ts';
import { startPlc } from './plc.ts';
import { startSafetyPlc } from './safety-plc.ts';

const noise = (): number => Math.random() * 2 - 1;
const log = (line: string): void => console.error(line);

const stop = new AbortController();
process.once('SIGINT', () => stop.abort());
process.once('SIGTERM', () => stop.abort());

const plc = await startPlc({ ...PLC, now: Date.now, noise });
const safety = await startSafetyPlc({ ...SAFETY_PLC, noise });
console.log('ready');
await runHmi({ from: HMI.host, plc: PLC, safety: SAFETY_PLC, stop: stop.signal, noise, log });
await Promise.all([plc.close(), safety.close()]);
console.log(`plc-12 saw ${plc.writes.length} writes, sis-1 saw ${safety.writes()}`);
