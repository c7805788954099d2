import type { Alert } from '#sensor/model/alert.ts';
import { isoMicros } from '#sensor/model/time.ts';
import { START } from './site.ts';

/** An alert as a sensor sends it, about plc-12 in zone cell-1. */
export function alertDocument(id: string, more: Partial<Alert> = {}): Alert {
  const at = isoMicros(START);
  return {
    '@timestamp': at,
    event: { kind: 'alert', category: ['network'], severity: 73, action: 'modbus-write' },
    message: '127.20.66.66 wrote 1500 to holding register 100 of unit 1 on plc-12',
    rule: {
      id: '00000000-0000-4000-8000-000000000001',
      name: 'write not allowed',
      level: 'high',
      version: '1',
    },
    source: { ip: '127.20.66.66', port: 40_000 },
    destination: { ip: '127.20.1.12', port: 5020 },
    lockkeeper: {
      alert: {
        id,
        dedup_key: id,
        count: 1,
        first_seen: at,
        last_seen: at,
        seen: [at],
        status: 'new',
      },
      attack_version: '19',
      frames: [1, 2],
      facts: [],
      severity: [{ part: 'level', points: 73 }],
      asset: { id: 'plc-12', zone: 'cell-1' },
    },
    ...more,
  };
}
