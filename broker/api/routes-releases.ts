/** Releases: firmware packages that came in, each with its verdict. */
import { releaseId } from '#broker/model/ids.ts';
import type { ReleaseRecord } from '#broker/model/release.ts';
import * as bodies from './bodies.ts';
import { personal } from './gatekeeper.ts';
import { refusal } from './refusal.ts';
import type { Asked, Loaded, Route } from './route.ts';
import { wordsIn } from './search-words.ts';
import { showRelease, showReleaseRow } from './show-release.ts';
import type { ReleasePageView, ReleaseView } from './views-releases.ts';

const noUploads = (): Response =>
  refusal(
    503,
    'no-trust-folder',
    'this broker takes no packages: its configuration names no trust folder (`firmware.trust`)',
  );

async function findRelease({ api, param }: Asked): Promise<Loaded<ReleaseRecord> | undefined> {
  const id = releaseId(param('id'));
  const item = id && (await api.actions.store.releases.get(id));
  return item && { item, resource: { kind: 'release' } };
}

/** Undefined where the request does not say. */
function declaredSize({ c }: Asked): number | undefined {
  const text = c.req.header('content-length');
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

export const RELEASE_ROUTES: readonly Route[] = [
  personal({
    method: 'GET',
    path: '/api/releases',
    action: 'read-releases',
    query: bodies.releasePage,
    answer: async ({ api, plant, query }): Promise<ReleasePageView> => {
      const { cursor, limit, verdict, text = '' } = query;
      const { items, next } = await api.actions.store.releases.list(
        { words: wordsIn(text), ...(verdict !== undefined && { verdict }) },
        { limit, ...(cursor !== undefined && { cursor }) },
      );
      return {
        items: items.map((release) => showReleaseRow(plant, release)),
        ...(next !== undefined && { next }),
        ...(api.releases !== undefined && { maxBytes: api.releases.maxBytes }),
      };
    },
  }),
  personal({
    method: 'GET',
    path: '/api/releases/:id',
    action: 'read-releases',
    load: findRelease,
    answer: async ({ api, plant, item }): Promise<ReleaseView> =>
      showRelease(plant, item, (await api.releases?.has(item.id)) === true),
  }),
  personal({
    method: 'POST',
    path: '/api/releases',
    action: 'receive-release',
    streams: true,
    query: bodies.releaseUpload,
    answer: async (call) => {
      const { api, plant, person, query, c } = call;
      if (api.releases === undefined) return noUploads();
      // No form and no page of another site can send this type without asking first.
      if (c.req.header('content-type') !== 'application/x-tar') {
        return refusal(415, 'content-type', 'send a tar, as application/x-tar');
      }
      const { body } = c.req.raw;
      if (body === null) return refusal(400, 'invalid', 'the request has no package as its body');
      const declared = declaredSize(call);
      const sent = { actor: person.id, fileName: query.name, body, declared };
      return api.releases.receive(sent, (release) =>
        showRelease(plant, release, release.verdict !== 'deny'),
      );
    },
  }),
];
