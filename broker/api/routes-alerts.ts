/** Alerts, their evidence, and what analysts do with them. */
import { createHash } from 'node:crypto';
import { acknowledgeAlert, closeAlert, commentAlert } from '#broker/actions/work-alert.ts';
import * as bodies from './bodies.ts';
import { alertResource, findAlert } from './find.ts';
import { personal } from './gatekeeper.ts';
import { answerOutcome } from './outcome-answer.ts';
import { notFound } from './refusal.ts';
import type { Route } from './route.ts';
import { namesIn, showAlert, showAlertRow } from './show-alert.ts';
import type { AlertPageView } from './views.ts';

export const ALERT_ROUTES: readonly Route[] = [
  personal({
    method: 'GET',
    path: '/api/alerts',
    action: 'read-alerts',
    query: bodies.alertPage,
    answer: async ({ api, plant, person, query }): Promise<AlertPageView> => {
      const { cursor, limit, status, severity, text, asset, from, until } = query;
      const { store, may } = api.actions;
      const [found, counts] = await Promise.all([
        store.alerts.list(
          {
            ...(status !== undefined && { status }),
            ...(severity !== undefined && { severity }),
            ...(text !== undefined && { text }),
            ...(asset !== undefined && { asset }),
            ...(from !== undefined && { from }),
            ...(until !== undefined && { until }),
          },
          { limit, ...(cursor !== undefined && { cursor }) },
        ),
        store.alerts.counts(),
      ]);
      return {
        items: found.items
          .filter((record) => may(person, 'read-alerts', alertResource(record)).allowed)
          .map((record) => showAlertRow(record, namesIn(plant))),
        counts,
        ...(found.next !== undefined && { next: found.next }),
      };
    },
  }),
  personal({
    method: 'GET',
    path: '/api/alerts/:id',
    action: 'read-alerts',
    load: findAlert,
    answer: ({ plant, item }) => showAlert(item, namesIn(plant)),
  }),
  personal({
    method: 'GET',
    path: '/api/alerts/:id/pcap',
    action: 'read-evidence',
    load: findAlert,
    answer: async ({ api, person, item, now }) => {
      // Named after the stream: an alert that fired again is a record with an id of its own.
      const bytes = await api.evidence.get(item.document.lockkeeper.alert.id);
      if (bytes === undefined) return notFound();
      await api.actions.store.commit({
        writes: [],
        audit: [
          {
            at: now,
            actor: person.id,
            action: 'read-evidence',
            subject: item.id,
            outcome: 'allowed',
            detail: {
              bytes: bytes.length,
              sha256: createHash('sha256').update(bytes).digest('hex'),
            },
          },
        ],
      });
      return new Response(bytes, {
        headers: {
          'content-type': 'application/x-pcapng',
          'content-disposition': `attachment; filename="${item.id}.pcapng"`,
        },
      });
    },
  }),
  personal({
    method: 'POST',
    path: '/api/alerts/:id/acknowledge',
    action: 'acknowledge-alert',
    load: findAlert,
    body: bodies.acknowledge,
    answer: async ({ api, plant, person, item, body }) => {
      const asked = { actor: person.id, id: item.id, ...body };
      const outcome = await acknowledgeAlert(api.actions, asked);
      return answerOutcome(outcome, ({ alert }) => showAlert(alert, namesIn(plant)));
    },
  }),
  personal({
    method: 'POST',
    path: '/api/alerts/:id/comment',
    action: 'comment-alert',
    load: findAlert,
    body: bodies.comment,
    answer: async ({ api, plant, person, item, body }) => {
      const outcome = await commentAlert(api.actions, { actor: person.id, id: item.id, ...body });
      return answerOutcome(outcome, ({ alert }) => showAlert(alert, namesIn(plant)));
    },
  }),
  personal({
    method: 'POST',
    path: '/api/alerts/:id/close',
    action: 'close-alert',
    load: findAlert,
    body: bodies.close,
    answer: async ({ api, plant, person, item, body }) => {
      const outcome = await closeAlert(api.actions, { actor: person.id, id: item.id, ...body });
      return answerOutcome(outcome, ({ alert }) => showAlert(alert, namesIn(plant)));
    },
  }),
];
