/**
 * What the broker itself alerts on, because it alone knows both sides: the wire and the gate. The same
 * fields as the rules of `rules/`; the ids are stable for ever.
 */
import type { Alert, RuleLevel } from '#sensor/model/alert.ts';

export interface BrokerRule {
  readonly id: string;
  readonly name: string;
  readonly level: RuleLevel;
  readonly version: string;
  readonly action: string;
  /** Absent where no technique would be honest: a full disk is not an attack. */
  readonly threat?: NonNullable<Alert['threat']>;
  readonly advice: { readonly why: string; readonly steps: readonly string[] };
}

/** MITRE ATT&CK for ICS; the sensor's table is `rules/attack-ics.yaml`, and a test holds the two together. */
export const ATTACK_VERSION = '19.1';

const UNAUTHORIZED_COMMAND: NonNullable<Alert['threat']> = {
  framework: 'MITRE ATT&CK for ICS',
  tactic: [{ id: 'TA0106', name: 'Impair Process Control' }],
  technique: [
    { id: 'T1692.001', name: 'Unauthorized Message: Command Message', legacy_id: 'T0855' },
  ],
};

const BLOCKED_COMMAND: NonNullable<Alert['threat']> = {
  framework: 'MITRE ATT&CK for ICS',
  tactic: [{ id: 'TA0107', name: 'Inhibit Response Function' }],
  technique: [{ id: 'T1691.001', name: 'Block OT Message: Command Message', legacy_id: 'T0803' }],
};

export const WRITE_WITHOUT_GRANT: BrokerRule = {
  id: '6e7d1f0c-8a35-4c62-9b1e-2f4a90c3d5b7',
  name: 'Write without a grant',
  level: 'high',
  version: '1',
  action: 'write-without-grant',
  threat: UNAUTHORIZED_COMMAND,
  advice: {
    why: 'Something changed a device, and neither a grant through the gate nor a conduit for local operation explains it: somebody went around the gate, or forged its traffic.',
    steps: [
      'Tell the control room: the process may already have changed.',
      'Find out which machine the source address is and who uses it now.',
      'If the plant has changed, change the plant policy; if a person needs this access, let them ask for it.',
    ],
  },
};

export const EMISSION_NEVER_SEEN: BrokerRule = {
  id: 'b3a9c2e4-57d1-4f08-a6c9-1d8e70f2b46a',
  name: 'Gate emission never seen on the wire',
  level: 'medium',
  version: '1',
  action: 'emission-never-seen',
  threat: BLOCKED_COMMAND,
  advice: {
    why: 'The gate sent a write towards a device that a sensor watches, and no sensor saw it: it was blocked or diverted on the way, or the sensor does not hear what it should.',
    steps: [
      'Look at the health of the sensor that covers the asset: dropped packets, a changed mirror port.',
      'Read the recording of the session: did the device answer?',
      'If it answered and the sensor is well, look for a device between the gate and the asset.',
    ],
  },
};

export const RECORDING_INCOMPLETE: BrokerRule = {
  id: 'c41f7a86-2d0b-4e9d-8f35-7b6ae2190c5e',
  name: 'Recording of a session is not whole',
  level: 'high',
  version: '1',
  action: 'recording-incomplete',
  advice: {
    why: 'A vendor had access to a device, and what they did there is not all written down: the disk was full or failed, the store did not take it, or the broker died.',
    steps: [
      'Look at the session: if it still runs, decide with the control room whether it may go on.',
      'Mend what the alert names: free disk space, a broken disk, a broker that was killed.',
      'Ask the vendor and the control room what was done in that time, and look at what the sensor saw of it.',
    ],
  },
};
