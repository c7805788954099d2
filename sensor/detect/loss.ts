/** States that the sensor lost packets: what it did not hear it cannot judge. */
import { type Detector, NO_FACTS } from './detector.ts';

export const PACKET_LOSS = 'sensor.packet-loss';

export function lossDetector(): Detector<undefined> {
  return {
    name: 'loss',
    remember: () => undefined,
    inspect: (event) => {
      if (event.kind !== 'health' || event.dropped === 0) return NO_FACTS;
      const { received, dropped } = event;
      const share = (100 * dropped) / received;
      const percent = share < 0.1 ? 'less than 0.1' : share.toFixed(1);
      const text = `${dropped} packets of ${received} were lost (${percent} %) on ${event.interface}`;
      return [{ name: PACKET_LOSS, text }];
    },
  };
}
