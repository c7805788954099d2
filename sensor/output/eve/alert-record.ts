/** An alert in the shape that Suricata gives one: what EVE has no key for stands in its `metadata`, as texts. */
import { createHash } from 'node:crypto';
import type { Alert, RuleLevel } from '#sensor/model/alert.ts';

/** Ids from here to 2^31 are given to nobody, and fit where readers keep them as signed 32-bit numbers. */
const FIRST_SIGNATURE_ID = 1_073_741_824;

/** 1 is the highest. */
const SEVERITIES: Readonly<Record<RuleLevel, number>> = {
  critical: 1,
  high: 2,
  medium: 3,
  low: 4,
  informational: 4,
};

/** As published rule sets say it. */
const SIGNATURE_SEVERITIES: Readonly<Record<RuleLevel, string>> = {
  critical: 'Critical',
  high: 'Major',
  medium: 'Minor',
  low: 'Informational',
  informational: 'Informational',
};

export interface AlertRecord {
  readonly action: 'allowed';
  readonly gid: 1;
  readonly signature_id: number;
  readonly rev: number;
  readonly signature: string;
  readonly category: string;
  readonly severity: number;
  readonly metadata: Readonly<Record<string, readonly string[]>>;
}

export function alertRecord({ rule, threat, message, lockkeeper, event }: Alert): AlertRecord {
  const { alert, asset, policy, evidence } = lockkeeper;
  const [tactics, techniques] = [threat?.tactic ?? [], threat?.technique ?? []];
  return {
    action: 'allowed',
    gid: 1,
    signature_id: signatureId(rule.id),
    rev: /^\d{1,9}$/.test(rule.version) ? Number(rule.version) : 1,
    signature: rule.name,
    category: tactics.map(({ name }) => name).join(', '),
    severity: SEVERITIES[rule.level],
    metadata: {
      signature_severity: [SIGNATURE_SEVERITIES[rule.level]],
      ...texts(
        'mitre_tactic_id',
        tactics.map(({ id }) => id),
      ),
      ...texts(
        'mitre_tactic_name',
        tactics.map(({ name }) => name),
      ),
      ...texts(
        'mitre_technique_id',
        techniques.map(({ id }) => id),
      ),
      ...texts(
        'mitre_technique_name',
        techniques.map(({ name }) => name),
      ),
      lockkeeper_alert: [alert.id],
      lockkeeper_rule: [rule.id],
      lockkeeper_message: [message],
      lockkeeper_severity: [String(event.severity)],
      lockkeeper_count: [String(alert.count)],
      lockkeeper_last_seen: [alert.last_seen],
      ...texts('lockkeeper_asset', asset === undefined ? [] : [asset.id]),
      ...texts('lockkeeper_zone', asset === undefined ? [] : [asset.zone]),
      ...texts('lockkeeper_policy', policy?.because ?? []),
      ...texts('lockkeeper_evidence', evidence === undefined ? [] : [evidence.pcap]),
    },
  };
}

/** The same for the life of a rule: of its UUID. */
export function signatureId(ruleId: string): number {
  const hash = createHash('sha256').update(ruleId).digest();
  return FIRST_SIGNATURE_ID + (hash.readUInt32BE(0) & (FIRST_SIGNATURE_ID - 1));
}

const texts = (key: string, values: readonly string[]) =>
  values.length === 0 ? {} : { [key]: values };
