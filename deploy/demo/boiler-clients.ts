/**
 * Who uses the boiler on a quiet day. The HMI signs what it says, so that a sensor can read it; the historian
 * encrypts, so that a sensor can only say so.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  AttributeIds,
  ClientMonitoredItemGroup,
  type ClientSession,
  ClientSubscription,
  DataType,
  type DataValue,
  type StatusCode,
  TimestampsToReturn,
} from 'node-opcua';
import { boilerNode, connectOpcua, type OpcuaConnection, type OpcuaParty } from './opcua-client.ts';

/** Seconds between two changes of the setpoint by the operator. */
const WRITE_EVERY = 45;

const MEASURED = ['Pressure', 'Temperature', 'Level', 'BurnerStarts', 'PressureSetPoint'];

interface Run {
  readonly party: OpcuaParty;
  readonly stop: AbortSignal;
  readonly log: (line: string) => void;
}

/** Runs `work` on a connection until `stop` is aborted; connects anew after any failure. */
async function stayConnected(
  who: string,
  { party, stop, log }: Run,
  work: (connection: OpcuaConnection) => Promise<void>,
): Promise<void> {
  while (!stop.aborted) {
    let connection: OpcuaConnection | undefined;
    try {
      connection = await connectOpcua(party);
      await work(connection);
    } catch (error) {
      if (!stop.aborted) log(`${who}: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      await connection?.close().catch(() => undefined);
    }
    if (!stop.aborted) await sleep(1000, undefined, { signal: stop }).catch(() => undefined);
  }
}

export async function readBoiler(session: ClientSession): Promise<readonly DataValue[]> {
  const nodes = await Promise.all(MEASURED.map((name) => boilerNode(session, name)));
  return session.read(nodes.map((nodeId) => ({ nodeId, attributeId: AttributeIds.Value })));
}

export async function writeSetpoint(session: ClientSession, bar: number): Promise<StatusCode> {
  const nodeId = await boilerNode(session, 'PressureSetPoint');
  const value = { value: { dataType: DataType.Double, value: bar } };
  return session.write({ nodeId, attributeId: AttributeIds.Value, value });
}

/** Reads everything each second and now and then moves the setpoint, as the policy allows. */
export function runBoilerHmi(run: Run & { readonly noise: () => number }): Promise<void> {
  const { stop, noise } = run;
  return stayConnected('hmi', run, async ({ session }) => {
    const first = await boilerNode(session, '');
    const nodesToRead = MEASURED.map((name) => ({
      nodeId: `${first}.${name}`,
      attributeId: AttributeIds.Value,
    }));
    for (let second = 1; !stop.aborted; second += 1) {
      await session.read(nodesToRead);
      if (second % WRITE_EVERY === 0) {
        const status = await writeSetpoint(session, Math.round(80 + 5 * noise()) / 10);
        if (status.isNotGood()) throw new Error(`the setpoint was refused: ${status.name}`);
      }
      await sleep(1000, undefined, { signal: stop });
    }
  });
}

/** Lets itself be told of every change. `told` gets each value. */
export function runHistorian(
  run: Run & { readonly told: (value: DataValue) => void },
): Promise<void> {
  const { stop, told } = run;
  return stayConnected('historian', run, async ({ session, lost }) => {
    const nodes = await Promise.all(MEASURED.map((name) => boilerNode(session, name)));
    const subscription = ClientSubscription.create(session, {
      requestedPublishingInterval: 1000,
      requestedLifetimeCount: 60,
      requestedMaxKeepAliveCount: 5,
      maxNotificationsPerPublish: 100,
      publishingEnabled: true,
    });
    const items = ClientMonitoredItemGroup.create(
      subscription,
      nodes.map((nodeId) => ({ nodeId, attributeId: AttributeIds.Value })),
      { samplingInterval: 1000, queueSize: 10, discardOldest: true },
      TimestampsToReturn.Both,
    );
    items.on('changed', (_item, value) => told(value));
    const { promise: asked, resolve } = Promise.withResolvers<void>();
    stop.addEventListener('abort', () => resolve(), { once: true });
    if (stop.aborted) resolve();
    await Promise.race([lost, asked]);
  });
}
