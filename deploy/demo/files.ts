/** The files of the demo: its folder, the configuration of broker and sensor, the policy that people may edit. */
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { stringify } from 'yaml';
import type { FirmwareFiles } from './firmware.ts';
import { BROKER, GATE, PLANT_PREFIX } from './plan.ts';

export interface DemoFiles {
  readonly folder: string;
  /** The plant policy. Written once, then the user's: two people agree to an edit. */
  readonly policy: string;
  readonly brokerConfig: string;
  readonly sensorConfig: string;
  readonly logs: string;
  readonly auditFolder: string;
  readonly recordings: string;
  readonly auditKey: string;
  /** What an example vendor delivered, and whom the plant believes. */
  readonly firmware: FirmwareFiles;
  /** Newest checkpoint of the audit log, copied where the broker would not look for it. */
  readonly checkpoint: string;
}

const ROOT = resolve(import.meta.dirname, '../..');

export const MAIN = join(ROOT, 'main.ts');
/**
 * 70 s of `lo` from before plant.ts and opcua-plant.ts started (`tcpdump -i lo 'net 127.20.0.0/16 and tcp'`), with the
 * attacks rogue-write and opcua-write after 54 s. The passwords in it, encrypted, were good for that run alone.
 */
const SHIPPED_CAPTURE = join(import.meta.dirname, 'plant.pcap');

/** How the sensor hears: live on the loopback interface, or the shipped capture at its own pace. */
export type Hearing = 'live' | 'replay';

export function layOut(folder: string, hearing: Hearing): DemoFiles {
  const at = resolve(folder);
  const broker = join(at, 'broker');
  const files: DemoFiles = {
    folder: at,
    policy: join(at, 'plant.yaml'),
    brokerConfig: join(at, 'broker.yaml'),
    sensorConfig: join(at, 'sensor.yaml'),
    logs: join(at, 'logs'),
    auditFolder: join(broker, 'audit'),
    recordings: join(broker, 'recordings'),
    auditKey: join(broker, 'audit', 'audit-key.pem'),
    firmware: {
      trust: join(at, 'trust'),
      good: join(at, 'firmware', 'acme-press-2.4.2.tar'),
      tampered: join(at, 'firmware', 'acme-press-2.4.2-tampered.tar'),
    },
    checkpoint: join(at, 'second-place', 'checkpoint'),
  };
  for (const path of [files.logs, dirname(files.checkpoint)]) {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  }
  if (!existsSync(files.policy)) {
    copyFileSync(join(ROOT, 'policies/example-plant.yaml'), files.policy);
  }
  writeFileSync(
    files.brokerConfig,
    stringify({
      data: broker,
      policy: files.policy,
      rules: join(ROOT, 'rules'),
      listen: BROKER,
      gate: { address: GATE.host },
      sign_in: { demo: true },
      firmware: { trust: files.firmware.trust },
      checkpoint_copy: dirname(files.checkpoint),
    }),
  );
  writeFileSync(
    files.sensorConfig,
    stringify({
      name: 'example-sensor',
      data: join(at, 'sensor'),
      capture:
        hearing === 'live'
          ? { interface: 'lo', filter: `net ${PLANT_PREFIX}` }
          : { replay: SHIPPED_CAPTURE },
      // Seven addresses, and somebody who waits for them.
      inventory: { every: '5s' },
    }),
  );
  return files;
}
