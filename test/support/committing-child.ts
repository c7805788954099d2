/** Commits alerts with their evidence one after the other, and says each number once it is durable. Ends only by being killed. */
import { keptOf } from '#sensor/store/kept-exchange.ts';
import { SensorStore } from '#sensor/store/sensor-store.ts';
import { alert } from './alert.ts';
import { batch } from './batch.ts';
import { T0, write } from './exchange.ts';

const [path = ''] = process.argv.slice(2);
const store = new SensorStore(path);
for (let i = 0; ; i++) {
  const of = alert(i);
  const evidence = {
    alertId: of.lockkeeper.alert.id,
    at: T0,
    sha256: '00',
    pcapng: new Uint8Array(2000).fill(i),
  };
  store.commit(
    batch({ alerts: [of], exchanges: [keptOf(write({ at: i }))], evidence: [evidence] }),
    T0,
  );
  process.stdout.write(`${i}\n`);
}
