/** Opens all listeners of the broker, in the order in which they know each other's ports, and closes them. */
import type { Gate } from '#broker/gate/gate.ts';
import type { InForce } from './policy-in-force.ts';
import { openSensorListener } from './sensor-listener.ts';
import { openWebListeners, type Shared } from './web-listeners.ts';

/** Each listener stands in `shared.listeners` as soon as it is open. */
export async function openDoors(
  shared: Shared,
  gate: Gate,
  inForce: () => InForce | undefined,
): Promise<void> {
  const { config, listeners } = shared;
  const { port } = await gate.listen();
  listeners.set('gate', { address: { ...config.listen.gate, port }, close: () => gate.close() });
  await openSensorListener({ ...shared, inForce });
  await openWebListeners(shared, gate);
}

/** People first, the gate last, which ends its sessions. */
export async function closeDoors({ listeners }: Shared): Promise<void> {
  for (const listener of [...listeners.values()].reverse()) await listener.close();
}
