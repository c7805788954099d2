import type { Alert } from '#sensor/model/alert.ts';
import { isoMicros, micros } from '#sensor/model/time.ts';
import { T0 } from './exchange.ts';

/** An alert as the book gives it: `name` makes its id, `count` its state. */
export function alert(name: number, count = 1, at = 0): Alert {
  const time = isoMicros(micros(T0 + at));
  return {
    '@timestamp': time,
    event: { kind: 'alert', category: ['network'], severity: 60, action: 'a-rule' },
    message: `alert ${name}`,
    rule: { id: 'r', name: 'A rule', level: 'high', version: '1' },
    lockkeeper: {
      alert: {
        id: `al_${String(name).padStart(24, '0')}`,
        dedup_key: `r|${name}`,
        count,
        first_seen: time,
        last_seen: time,
        seen: [time],
        status: 'new',
      },
      attack_version: '19.1',
      frames: [1, 2],
      facts: [],
      severity: [],
    },
  };
}
