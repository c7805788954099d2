/** Signing in and out, who one is, and the stream of what happens. */
import { demoAllowed, demoPerson } from '#broker/identity/demo.ts';
import { personOfSubject } from '#broker/identity/oidc.ts';
import type { Person, Plant } from '#policies/plant.ts';
import { actionsOf } from './authority-of.ts';
import * as bodies from './bodies.ts';
import { clearCookie, readCookie, writeCookie } from './cookie.ts';
import { open, personal } from './gatekeeper.ts';
import type { LiveSubject } from './live.ts';
import { seesEvent } from './live-events.ts';
import { peerOf } from './peer.ts';
import { notFound, refusal, signInFirst } from './refusal.ts';
import type { Asked, Route } from './route.ts';
import { showRole } from './show-access.ts';
import { homeOf } from './signed-in.ts';
import type { LiveEvent, MeView, SignInView } from './views.ts';

const demoHere = ({ api, c }: Asked): boolean => demoAllowed({ ...api.demo, peer: peerOf(c) });

const companyName = (plant: Plant, person: Person): string =>
  plant.vendors.get(person.company)?.name ?? person.company;

/** Who came in and who went out is what an audit asks first; so is who was refused. */
async function note(
  { api, now }: Asked,
  action: 'sign-in' | 'sign-out',
  subject: string,
  outcome: 'allowed' | 'denied',
  detail: Readonly<Record<string, unknown>>,
): Promise<void> {
  const actor = outcome === 'allowed' ? subject : 'broker';
  await api.actions.store.commit({
    writes: [],
    audit: [{ at: now, actor, action, subject, outcome, detail }],
  });
}

/** Gives the browser a fresh session; one that it had before is closed. */
async function letIn(asked: Asked, person: Person, by: 'demo' | 'oidc'): Promise<void> {
  const { api, c, listener, now } = asked;
  // The leaf first: nobody is in whom the log does not know.
  await note(asked, 'sign-in', person.id, 'allowed', { by });
  const before = readCookie(c, listener, 'session');
  if (before !== undefined) api.sessions.close(before);
  const token = api.sessions.open({ person: person.id, subject: person.subject }, now);
  // The sign-in before, and one that had to make room.
  api.live.review();
  writeCookie(c, listener, 'session', token);
}

function showMe({ api, plant }: Asked, person: Person): MeView {
  return {
    person: { id: person.id, name: person.name, company: companyName(plant, person) },
    roles: person.roles.map(showRole),
    actions: actionsOf(api.actions.may, plant, person),
    site: plant.site.name,
    timeZone: plant.site.timeZone,
    policyVersion: plant.version,
    demo: api.demo.configured,
  };
}

async function finishOidc(asked: Asked): Promise<Response> {
  const { api, c, listener, now, plant } = asked;
  const handle = readCookie(c, listener, 'flow');
  clearCookie(c, listener, 'flow');
  if (api.oidc === undefined || handle === undefined) return signInFirst();
  const outcome = await api.oidc.flow.complete(handle, new URL(c.req.url), now);
  if (outcome.kind === 'refused') {
    // A flow that nobody began here costs nothing to make up, so it fills no log.
    if (outcome.code !== 'unknown-flow') {
      await note(asked, 'sign-in', 'nobody', 'denied', { by: 'oidc', code: outcome.code });
    }
    return refusal(403, outcome.code, outcome.message);
  }
  const person = personOfSubject(plant, outcome.subject);
  if (person === undefined) {
    await note(asked, 'sign-in', 'nobody', 'denied', { by: 'oidc', code: 'unknown-subject' });
    return refusal(
      403,
      'unknown-subject',
      'your account is known, but the plant policy names no such person',
    );
  }
  await letIn(asked, person, 'oidc');
  return c.redirect(homeOf(person), 303);
}

export const SIGN_IN_ROUTES: readonly Route[] = [
  open({
    method: 'GET',
    path: '/api/sign-in',
    credential: 'none',
    answer: (asked): SignInView => ({
      site: asked.plant.site.name,
      ...(asked.api.oidc !== undefined &&
        asked.listener.tls && { oidc: { name: asked.api.oidc.name } }),
      ...(demoHere(asked) && {
        people: [...asked.plant.people.values()].map((person) => ({
          id: person.id,
          name: person.name,
          company: companyName(asked.plant, person),
          roles: person.roles.map(showRole),
        })),
      }),
    }),
  }),
  open({
    method: 'POST',
    path: '/api/sign-in/demo',
    credential: 'origin',
    limit: 'signIn',
    body: bodies.demoSignIn,
    answer: async (asked) => {
      if (!demoHere(asked)) return notFound();
      const person = demoPerson(asked.plant, asked.body.person);
      if (person === undefined) return notFound();
      await letIn(asked, person, 'demo');
      return asked.c.json(showMe(asked, person));
    },
  }),
  open({
    method: 'GET',
    path: '/api/sign-in/oidc',
    credential: 'none',
    limit: 'signIn',
    answer: async ({ api, c, listener, now }) => {
      // The provider sends the browser back to the TLS listener, where this cookie must be.
      if (api.oidc === undefined || !listener.tls) return notFound();
      try {
        const { handle, url } = await api.oidc.flow.begin(now);
        writeCookie(c, listener, 'flow', handle, 600);
        return c.redirect(url, 303);
      } catch (error) {
        api.fault('sign-in', error);
        return refusal(503, 'provider', 'the OpenID provider does not answer; try again later');
      }
    },
  }),
  open({
    method: 'GET',
    path: '/api/sign-in/callback',
    credential: 'none',
    limit: 'signIn',
    answer: finishOidc,
  }),
  personal({
    method: 'POST',
    path: '/api/sign-out',
    action: 'signed-in',
    body: bodies.nothing,
    answer: async (call) => {
      const { api, c, listener, person } = call;
      const token = readCookie(c, listener, 'session');
      // Closed first: somebody who leaves is out, whatever the log can take.
      if (token !== undefined) api.sessions.close(token);
      api.live.review();
      clearCookie(c, listener, 'session');
      await note(call, 'sign-out', person.id, 'allowed', {});
      return c.body(null, 204);
    },
  }),
  personal({
    method: 'GET',
    path: '/api/me',
    action: 'signed-in',
    answer: (call) => showMe(call, call.person),
  }),
  personal({
    method: 'GET',
    path: '/api/live',
    action: 'signed-in',
    answer: ({ api, c, listener, person }) => {
      const token = readCookie(c, listener, 'session') ?? '';
      const current = (): Person | undefined => {
        const now = api.actions.plant()?.people.get(person.id);
        return now?.subject === person.subject ? now : undefined;
      };
      const stream = api.live.subscribe({
        person: person.id,
        stands: () => api.sessions.stands(token, api.clock()) && current() !== undefined,
        sees: (event: LiveEvent, about: LiveSubject) => {
          const now = current();
          return now !== undefined && seesEvent(api.actions.may, now, event, about);
        },
      });
      if (stream === undefined) return refusal(429, 'too-many', 'too many open pages; close some');
      return new Response(stream, {
        headers: {
          'content-type': 'text/event-stream',
          'cache-control': 'no-store',
          'x-accel-buffering': 'no',
        },
      });
    },
  }),
];
