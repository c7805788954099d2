/** A sensor joins with a one-time token, which whoever calls this has used up already. */
import { textFault } from '#broker/access/text.ts';
import type { SensorId } from '#broker/model/ids.ts';
import type { Sensor } from '#broker/model/sensor.ts';
import { parseIp, parsePrefix } from '#policies/address.ts';
import type { ActionContext } from './context.ts';
import { type Outcome, refused } from './outcome.ts';
import { all } from './pages.ts';
import { actorOf, forbidden } from './permission.ts';
import { type Attempt, transact } from './transact.ts';

/** A site has tens. */
const MAX_SENSORS = 1000;
/** Prefixes that one sensor can hear. */
const MAX_COVERS = 64;
const MAX_NAME = 100;

/** `invitedBy` asked for the token, and must still be one who may. */
export async function enrolSensor(
  context: ActionContext,
  asked: {
    readonly id: SensorId;
    readonly name: string;
    /** Addresses or prefixes. */
    readonly covers: readonly string[];
    /** sha-256 of its certificate, hex. */
    readonly certificate: string;
    readonly invitedBy: string;
  },
): Promise<Outcome<{ readonly sensor: Sensor }>> {
  const { id, name, covers, certificate, invitedBy } = asked;
  const deed = { actor: invitedBy, action: 'enrol-sensor', subject: id };
  return transact(context, deed, async (now): Promise<Attempt<{ sensor: Sensor }>> => {
    const who = actorOf(context, invitedBy);
    if (who.kind === 'refused') return who;
    const no = forbidden(context, who, 'enrol-sensor', { kind: 'sensor' }, 'sensor');
    if (no !== undefined) return no;
    const faults = [
      ...(name.length > MAX_NAME || textFault(name, { required: true }) !== undefined
        ? [{ field: 'name', message: `is plain text of 1 to ${MAX_NAME} characters` }]
        : []),
      ...(covers.length > MAX_COVERS || !covers.every(isAddressOrPrefix)
        ? [{ field: 'covers', message: `are at most ${MAX_COVERS} addresses or prefixes` }]
        : []),
    ];
    if (faults.length > 0) return refused('invalid', 'the sensor cannot be enrolled', faults);
    const sensors = await all(context.store.sensors, {});
    if (sensors.length >= MAX_SENSORS) {
      return refused('too-many', `${MAX_SENSORS} sensors are enrolled already`);
    }
    if (sensors.some((sensor) => sensor.name === name)) {
      return refused('wrong-state', `there is a sensor \`${name}\` already: choose another name`);
    }
    const sensor: Sensor = { id, version: 1, name, enrolledAt: now, certificate, covers };
    return {
      kind: 'done',
      result: { sensor },
      writes: [{ noun: 'sensor', expected: 0, put: sensor }],
      detail: { name, covers, certificate },
    };
  });
}

const isAddressOrPrefix = (text: string): boolean =>
  parseIp(text) !== undefined || parsePrefix(text) !== undefined;
