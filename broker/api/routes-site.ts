/** The site as a whole: its policy, its sensors, its audit log. */
import type { Sensor } from '#broker/model/sensor.ts';
import { isoMicros, type Micros } from '#sensor/model/time.ts';
import * as bodies from './bodies.ts';
import { personal } from './gatekeeper.ts';
import { refusal } from './refusal.ts';
import type { Route } from './route.ts';
import { showAllowance } from './show-allowance.ts';
import type { PageView, SensorView } from './views.ts';
import type { AuditRowView, PlantView } from './views-site.ts';

/** µs after which a sensor that said nothing counts as silent: it reports its health each 10 s. */
const SILENT_AFTER = 60 * 1_000_000;

function showSensor(sensor: Sensor, now: Micros): SensorView {
  const { lastSeen } = sensor;
  return {
    id: sensor.id,
    name: sensor.name,
    ...(lastSeen !== undefined && { lastSeen: isoMicros(lastSeen) }),
    received: sensor.received ?? 0,
    dropped: sensor.dropped ?? 0,
    facts: (sensor.facts ?? []).map((fact) => ({ ...fact, at: isoMicros(fact.at) })).reverse(),
    silent: lastSeen === undefined || now - lastSeen >= SILENT_AFTER,
    covers: sensor.covers,
  };
}

export const SITE_ROUTES: readonly Route[] = [
  personal({
    method: 'GET',
    path: '/api/plant',
    action: 'read-plant',
    answer: ({ plant }): PlantView => ({
      site: plant.site.name,
      version: plant.version,
      zones: [...plant.zones.values()].map(({ id, name, purdue, safety, criticality }) => ({
        id,
        name,
        purdue,
        safety,
        criticality,
      })),
      assets: [...plant.assets.values()].map(({ id, name, zone, address, criticality }) => ({
        id,
        name,
        zone,
        address,
        criticality,
      })),
      conduits: plant.conduits.map(({ id, from, to, via, allow, why, at }) => ({
        id,
        from,
        to,
        via,
        allow: allow.map(showAllowance),
        why,
        line: at.line,
      })),
    }),
  }),
  personal({
    method: 'GET',
    path: '/api/sensors',
    action: 'read-sensors',
    query: bodies.anyPage,
    answer: async ({ api, now, query }): Promise<PageView<SensorView>> => {
      const { cursor, limit } = query;
      const page = { limit, ...(cursor !== undefined && { cursor }) };
      const found = await api.actions.store.sensors.list({}, page);
      return {
        items: found.items.map((sensor) => showSensor(sensor, now)),
        ...(found.next !== undefined && { next: found.next }),
      };
    },
  }),
  personal({
    method: 'POST',
    path: '/api/sensors/enrolments',
    action: 'enrol-sensor',
    body: bodies.enrolment,
    answer: async ({ api, person, body, now }) => {
      const asked = { ...body, askedBy: person.id };
      const opened = api.enrolments.open(asked, api.sensorLink(), now);
      if (opened === undefined) {
        return refusal(429, 'too-many', 'too many enrolment tokens are open; use or outwait them');
      }
      await api.actions.store.commit({
        writes: [],
        audit: [
          {
            at: now,
            actor: person.id,
            action: 'enrol-sensor',
            subject: body.name,
            outcome: 'allowed',
            detail: { covers: body.covers, expiresAt: opened.expiresAt },
          },
        ],
      });
      return { token: opened.token, expiresAt: isoMicros(opened.expiresAt) };
    },
  }),
  personal({
    method: 'GET',
    path: '/api/audit',
    action: 'read-audit',
    query: bodies.auditPage,
    answer: async ({ api, query }): Promise<PageView<AuditRowView>> => {
      const { cursor, limit, subject, actor, action } = query;
      const found = await api.actions.store.audit.list(
        {
          ...(subject !== undefined && { subject }),
          ...(actor !== undefined && { actor }),
          ...(action !== undefined && { actions: [action] }),
        },
        { limit, ...(cursor !== undefined && { cursor }) },
      );
      return {
        items: found.items.map(({ index, event }) => ({
          index,
          at: isoMicros(event.at),
          actor: event.actor,
          action: event.action,
          subject: event.subject,
          outcome: event.outcome,
          detail: event.detail,
        })),
        ...(found.next !== undefined && { next: found.next }),
      };
    },
  }),
];
