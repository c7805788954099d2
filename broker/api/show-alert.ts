/** Alerts as screens show them. */
import type { AlertRecord } from '#broker/model/alert.ts';
import type { Plant } from '#policies/plant.ts';
import type { AlertEndpoint } from '#sensor/model/alert.ts';
import { isoMicros } from '#sensor/model/time.ts';
import type { AlertRowView, AlertView } from './views.ts';

const endpoint = ({ ip, port }: AlertEndpoint): string =>
  port === undefined ? ip : ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`;

/** Names people; one whom the policy no longer has is named by id in what they did. */
type NameOf = (person: string) => string | undefined;

export const namesIn =
  (plant: Plant): NameOf =>
  (person) =>
    plant.people.get(person)?.name;

export function showAlertRow(record: AlertRecord, nameOf: NameOf = () => undefined): AlertRowView {
  const { document } = record;
  const { asset } = document.lockkeeper;
  const assigneeName = record.assignee === undefined ? undefined : nameOf(record.assignee);
  return {
    id: record.id,
    version: record.version,
    status: record.status,
    severity: record.severity,
    level: document.rule.level,
    message: document.message,
    rule: document.rule.name,
    count: record.count,
    firstSeen: isoMicros(record.firstSeen),
    lastSeen: isoMicros(record.lastSeen),
    ...(asset !== undefined && { asset: asset.id, zone: asset.zone }),
    ...(document.source !== undefined && { source: endpoint(document.source) }),
    ...(document.destination !== undefined && { destination: endpoint(document.destination) }),
    ...(record.assignee !== undefined && { assignee: record.assignee }),
    ...(assigneeName !== undefined && { assigneeName }),
    techniques: document.threat?.technique.map(({ id }) => id) ?? [],
  };
}

export function showAlert(record: AlertRecord, nameOf: NameOf): AlertView {
  return {
    ...showAlertRow(record, nameOf),
    document: record.document,
    ...(record.closeReason !== undefined && { closeReason: record.closeReason }),
    ...(record.follows !== undefined && { follows: record.follows }),
    activity: record.activity.map(({ at, person, action, text }) => ({
      at: isoMicros(at),
      person: nameOf(person) ?? person,
      action,
      ...(text !== undefined && { text }),
    })),
    ...(record.sensor !== undefined && { sensor: record.sensor }),
    hasEvidence: record.hasEvidence,
  };
}
