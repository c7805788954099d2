/** Nouns as the actions make them, whole and valid, with what a test wants different. */

import { createHash, randomBytes } from 'node:crypto';
import type { AccessRequest, Grant, Lock, Session } from '#broker/model/access.ts';
import type { AlertRecord } from '#broker/model/alert.ts';
import { type AssetRecord, assetIdOf } from '#broker/model/asset.ts';
import type { AuditEvent } from '#broker/model/audit.ts';
import {
  type GrantId,
  type LockId,
  newId,
  type ReleaseId,
  type RequestId,
  type SensorId,
  type SessionId,
} from '#broker/model/ids.ts';
import type { Emission, ReportedOperation } from '#broker/model/operation.ts';
import type { PolicyRevision } from '#broker/model/policy.ts';
import type { ReleaseRecord } from '#broker/model/release.ts';
import type { Sensor } from '#broker/model/sensor.ts';
import type { Manifest } from '#sbom/manifest.ts';
import type { Alert } from '#sensor/model/alert.ts';
import { isoMicros, micros } from '#sensor/model/time.ts';

export const NOON = micros(Date.UTC(2026, 10, 23, 12) * 1000);
export const HOUR = 3_600_000_000;

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

export const anEvent = (more: Partial<AuditEvent> = {}): AuditEvent => ({
  at: NOON,
  actor: 'petra',
  action: 'decide-request',
  subject: 'req_000000000001',
  outcome: 'allowed',
  detail: { reason: 'shift change' },
  ...more,
});

export function aRequest(more: Partial<AccessRequest> = {}): AccessRequest {
  return {
    id: newId<RequestId>('req', randomBytes),
    version: 1,
    state: 'pending',
    requester: 'vera',
    vendor: 'acme',
    entry: 'acme-tuning',
    asset: 'plc-12',
    operations: [
      {
        protocol: 'modbus',
        operations: ['write'],
        addresses: [{ first: 100, last: 109 }],
        at: { file: 'plant.yaml', line: 40 },
      },
    ],
    notBefore: NOON,
    notAfter: micros(NOON + HOUR),
    graceUntil: micros(NOON + HOUR),
    idleTimeout: 600_000_000,
    requestExpiresAt: micros(NOON + HOUR),
    purpose: 'tune the pump; "quoted", ünïcode',
    submittedAt: NOON,
    policyVersion: sha256('policy'),
    hash: sha256('request'),
    approvals: [],
    ...more,
  };
}

export function aGrant(request: AccessRequest, more: Partial<Grant> = {}): Grant {
  const { entry, asset, vendor, operations, notBefore, notAfter, graceUntil } = request;
  return {
    id: newId<GrantId>('gr', randomBytes),
    version: 1,
    state: 'scheduled',
    request: request.id,
    requestHash: request.hash,
    person: request.requester,
    ...{ entry, asset, vendor, operations, notBefore, notAfter, graceUntil },
    idleTimeout: request.idleTimeout,
    policyVersion: request.policyVersion,
    sessions: 0,
    ...more,
  };
}

export function aSession(grant: Grant, more: Partial<Session> = {}): Session {
  const id = newId<SessionId>('ses', randomBytes);
  return {
    id,
    version: 1,
    state: 'active',
    grant: grant.id,
    person: grant.person,
    vendor: grant.vendor,
    asset: grant.asset,
    startedAt: NOON,
    certificate: sha256(id),
    certificateUntil: NOON,
    counts: { allowed: 0, refused: 0, writes: 0 },
    ...more,
  };
}

export const aLock = (more: Partial<Lock> = {}): Lock => ({
  id: newId<LockId>('lock', randomBytes),
  version: 1,
  target: { kind: 'vendor', vendor: 'acme' },
  reason: 'looks wrong',
  placedBy: 'otto',
  placedAt: NOON,
  ...more,
});

export function aSensor(more: Partial<Sensor> = {}): Sensor {
  const id = newId<SensorId>('sen', randomBytes);
  return {
    id,
    version: 1,
    name: 'hall-1',
    enrolledAt: NOON,
    certificate: sha256(id),
    covers: ['127.20.1.0/24'],
    ...more,
  };
}

export function anAsset(
  address: string,
  more: Partial<AssetRecord['sightings'][number]> = {},
): AssetRecord {
  const id = assetIdOf(address);
  if (id === undefined) throw new Error(`no address: ${address}`);
  const sighting = {
    sensor: 'sen_000000000001' as SensorId,
    firstSeen: NOON,
    lastSeen: NOON,
    roles: ['server'],
    protocols: ['modbus'],
    ports: [502],
    units: [],
    applications: [],
    conversations: [],
    ...more,
  };
  return { id, version: 1, address, sightings: [sighting] };
}

export const aPolicy = (text: string, more: Partial<PolicyRevision> = {}): PolicyRevision => ({
  id: sha256(text),
  version: 1,
  text,
  appliedAt: NOON,
  appliedBy: 'sam',
  active: true,
  ...more,
});

export const MANIFEST: Manifest = {
  format: 'lockkeeper-firmware/1',
  vendor: 'acme',
  product: 'Press',
  version: '2.4.2',
  releaseCounter: 242,
  hardwareIds: ['acme:press'],
  files: [{ name: 'press.bin', size: 1, sha256: sha256('p') }],
};

/** Denied, because nobody signed it, unless `more` says otherwise. */
export const aRelease = (more: object = {}): ReleaseRecord => ({
  id: newId<ReleaseId>('rel', randomBytes),
  version: 1,
  receivedAt: NOON,
  uploadedBy: 'susi',
  fileName: 'press-2.4.2.tar',
  size: 10_240,
  sha256: sha256('a package'),
  verdict: 'deny',
  reasons: [{ code: 'unsigned', effect: 'deny', text: 'there is no signature' }],
  reasonsLeftOut: 0,
  claimed: MANIFEST,
  notChecked: [],
  ...more,
});

export interface AlertTraits {
  readonly message?: string;
  readonly source?: string;
  readonly rule?: string;
  readonly asset?: string;
  readonly dedupKey?: string;
}

export function anAlert(more: Partial<AlertRecord> = {}, traits: AlertTraits = {}): AlertRecord {
  const id = more.id ?? `al_${randomBytes(12).toString('hex')}`;
  const severity = more.severity ?? 50;
  const firstSeen = more.firstSeen ?? NOON;
  const seen = isoMicros(firstSeen);
  const document: Alert = {
    '@timestamp': seen,
    event: { kind: 'alert', category: ['network'], severity, action: 'modbus-write' },
    message: traits.message ?? 'hmi-1 wrote 7 to holding register 100 of unit 1 on plc-12',
    rule: { id: 'r-1', name: traits.rule ?? 'Write burst', level: 'medium', version: '1' },
    source: { ip: traits.source ?? '127.20.66.66', port: 40_000 },
    destination: { ip: '127.20.1.12', port: 5020 },
    lockkeeper: {
      alert: {
        id,
        dedup_key: traits.dedupKey ?? id,
        count: 1,
        first_seen: seen,
        last_seen: seen,
        seen: [seen],
        status: 'new',
      },
      attack_version: '19',
      frames: [1],
      facts: [],
      severity: [],
      ...(traits.asset === undefined ? {} : { asset: { id: traits.asset, zone: 'cell-1' } }),
    },
  };
  return {
    id,
    version: 1,
    status: 'new',
    severity,
    firstSeen,
    lastSeen: firstSeen,
    count: 1,
    activity: [],
    document,
    hasEvidence: false,
    ...more,
  };
}

export const anOperation = (id: string, at = NOON): ReportedOperation => ({
  id,
  sensor: 'sen_000000000001' as SensorId,
  exchange: {
    kind: 'exchange',
    at,
    client: { ip: '127.20.10.1', port: 40_000 },
    server: { ip: '127.20.1.12', port: 5020 },
    transport: 'tcp',
    protocol: 'modbus',
    modbus: { transactionId: 1, unitId: 1, functionCode: 6, address: 100, values: [7] },
    outcome: 'success',
    frames: { request: [1], response: [2] },
    operations: [],
    facts: [],
  },
});

export const anEmission = (id: string, more: Partial<Emission> = {}): Emission => ({
  id,
  session: 'ses_000000000001' as SessionId,
  sentAt: NOON,
  key: '127.20.10.1:40000>127.20.1.12:5020#1',
  asset: 'plc-12',
  unit: 1,
  functionCode: 6,
  pdu: '0600640007',
  changing: true,
  ...more,
});
