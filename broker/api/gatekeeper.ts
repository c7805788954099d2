/**
 * What stands between a request and its answer, in this order: who asks, from which page, how often,
 * whether the thing exists, whether this person may do this to it, what was sent. Only then the answer.
 */
import type { Context } from 'hono';
import type { z } from 'zod';
import type { Action } from '#policies/people.ts';
import type { Person, Plant } from '#policies/plant.ts';
import type { Micros } from '#sensor/model/time.ts';
import type { ApiContext } from './api-context.ts';
import { mayAtAll } from './authority-of.ts';
import type { Limits } from './limits.ts';
import { peerOf } from './peer.ts';
import { forbidden, notFound, refusal, signInFirst } from './refusal.ts';
import type { Answer, Asked, Credential, OpenRoute, PersonalRoute, Route } from './route.ts';
import { sameOrigin } from './security.ts';
import { isVendor, signedIn } from './signed-in.ts';

const noPolicy = (): Response =>
  refusal(503, 'no-policy', 'no plant policy is in force, so nothing passes');

const tooMany = (): Response => refusal(429, 'too-many', 'too many tries; wait a little');

const foreignPage = (): Response =>
  refusal(403, 'origin', 'a change must come from a page of this broker');

/** The part of `Asked` that the credential proves; undefined = nobody. */
type Who = { readonly person: Person } & Pick<Asked, 'claims'>;

const whoIs = (person: Person | undefined): Who | undefined => person && { person };

const BEARER = /^Bearer ([\w.-]{1,2048})$/;

async function byToken(
  api: ApiContext,
  c: Context,
  now: Micros,
  plant: Plant,
): Promise<Who | undefined> {
  const [, token] = BEARER.exec(c.req.header('authorization') ?? '') ?? [];
  const claims = token === undefined ? undefined : await api.tokens.verify(token, now);
  const person = claims === undefined ? undefined : plant.people.get(claims.person);
  return claims === undefined || person === undefined ? undefined : { person, claims };
}

interface Sent<Body, Query> {
  readonly body: Body;
  readonly query: Query;
}

type ReadOutcome<T> =
  | { readonly kind: 'read'; readonly value: T }
  | { readonly kind: 'refused'; readonly response: Response };

function check<T extends z.ZodType>(schema: T, given: unknown): ReadOutcome<z.output<T>> {
  const outcome = schema.safeParse(given);
  if (outcome.success) return { kind: 'read', value: outcome.data };
  const fields = outcome.error.issues.slice(0, 50).map((issue) => ({
    field: issue.path.join('.'),
    message: issue.message.charAt(0).toLowerCase() + issue.message.slice(1),
  }));
  return {
    kind: 'refused',
    response: refusal(400, 'invalid', 'what was sent cannot be used; see the fields', fields),
  };
}

async function readJson(c: Context): Promise<ReadOutcome<unknown>> {
  const text = await c.req.text();
  if (text === '') return { kind: 'read', value: {} };
  if (!/^application\/json\b/i.test(c.req.header('content-type') ?? '')) {
    const response = refusal(415, 'content-type', 'send application/json');
    return { kind: 'refused', response };
  }
  try {
    return { kind: 'read', value: JSON.parse(text) };
  } catch {
    return { kind: 'refused', response: refusal(400, 'invalid', 'the body is not JSON') };
  }
}

async function readSent<Body extends z.ZodType, Query extends z.ZodType>(
  c: Context,
  schemas: { readonly body?: Body; readonly query?: Query },
): Promise<ReadOutcome<Sent<z.output<Body>, z.output<Query>>>> {
  // INVARIANT: a route that names no schema has `unknown` there and never looks at it.
  let body = undefined as z.output<Body>;
  let query = undefined as z.output<Query>;
  if (schemas.query !== undefined) {
    const many = c.req.queries();
    const given = Object.fromEntries(
      Object.entries(many).map(([name, values]) => [name, values.length > 1 ? values : values[0]]),
    );
    const outcome = check(schemas.query, given);
    if (outcome.kind === 'refused') return outcome;
    query = outcome.value;
  }
  if (schemas.body !== undefined) {
    const json = await readJson(c);
    if (json.kind === 'refused') return json;
    const outcome = check(schemas.body, json.value);
    if (outcome.kind === 'refused') return outcome;
    body = outcome.value;
  }
  return { kind: 'read', value: { body, query } };
}

const withinLimit = (
  api: ApiContext,
  limit: keyof Limits | undefined,
  key: string,
  now: Micros,
): boolean => limit === undefined || api.limits[limit](key, now);

function respond(answer: Answer): Response {
  if (answer instanceof Response) return answer;
  return answer === undefined ? new Response(null, { status: 204 }) : Response.json(answer);
}

/** Changes and evidence that somebody tried to reach without the right to. Plain reads are not kept. */
const KEPT_READS: ReadonlySet<string> = new Set<Action>([
  'read-evidence',
  'read-recording',
  'read-audit',
]);

async function deny(
  asked: Asked & { readonly person: Person },
  route: { readonly method: string; readonly action: Action },
  why: string,
): Promise<Response> {
  const { api, person, c } = asked;
  if (route.method !== 'GET' || KEPT_READS.has(route.action)) {
    await api.actions.store.commit({
      writes: [],
      audit: [
        {
          at: asked.now,
          actor: person.id,
          action: route.action,
          subject: new URL(c.req.url).pathname.slice(0, 200),
          outcome: 'denied',
          detail: { because: why },
        },
      ],
    });
  }
  // A vendor learns nothing about what is not theirs, not even that it exists.
  return isVendor(person) ? notFound() : forbidden(why);
}

/** Whether the person may, and if not, the refusal. Gives the loaded item of the route. */
async function authorise<Item>(
  asked: Asked & { readonly person: Person },
  route: Pick<PersonalRoute<Item, z.ZodType, z.ZodType>, 'method' | 'action' | 'load'>,
): Promise<ReadOutcome<Item>> {
  const { api, person, plant } = asked;
  const loaded = await route.load?.(asked);
  if (route.load !== undefined && loaded === undefined) {
    return { kind: 'refused', response: notFound() };
  }
  const { action } = route;
  if (action !== 'signed-in') {
    const decision =
      loaded === undefined
        ? mayAtAll(api.actions.may, plant, person, action)
        : api.actions.may(person, action, loaded.resource);
    if (!decision.allowed) {
      const why = decision.because[0]?.text ?? 'no rule allows it';
      const response = await deny(asked, { method: route.method, action }, why);
      return { kind: 'refused', response };
    }
  }
  // INVARIANT: a route without `load` has `undefined` as its item.
  return { kind: 'read', value: loaded?.item as Item };
}

export function personal<
  Item = undefined,
  Body extends z.ZodType = z.ZodUnknown,
  Query extends z.ZodType = z.ZodUnknown,
>(route: PersonalRoute<Item, Body, Query>): Route {
  const credential: Credential = route.credential ?? 'cookie';
  const { method, path, action } = route;
  return {
    method,
    path,
    action,
    credential,
    streams: route.streams === true,
    async handle(api, listener, c) {
      const now = api.clock();
      const plant = api.actions.plant();
      if (plant === undefined) return noPolicy();
      const who: Who | undefined =
        credential === 'cookie'
          ? whoIs(signedIn(api, listener, c))
          : await byToken(api, c, now, plant);
      if (who === undefined) return signInFirst();
      if (method !== 'GET' && credential === 'cookie' && !sameOrigin(c, listener)) {
        return foreignPage();
      }
      const limit = route.limit ?? (method === 'GET' ? undefined : 'change');
      if (!withinLimit(api, limit, who.person.id, now)) return tooMany();
      const param = (name: string): string => c.req.param(name) ?? '';
      const asked = { api, listener, c, now, plant, param, ...who };
      const item = await authorise(asked, route);
      if (item.kind === 'refused') return item.response;
      const sent = await readSent(c, route);
      if (sent.kind === 'refused') return sent.response;
      return respond(await route.answer({ ...asked, item: item.value, ...sent.value }));
    },
  };
}

export function open<Body extends z.ZodType = z.ZodUnknown>(route: OpenRoute<Body>): Route {
  const { method, path, credential } = route;
  return {
    method,
    path,
    action: 'anybody',
    credential,
    streams: false,
    async handle(api, listener, c) {
      const now = api.clock();
      if (method !== 'GET' && credential === 'origin' && !sameOrigin(c, listener)) {
        return foreignPage();
      }
      if (!withinLimit(api, route.limit, peerOf(c) ?? 'unknown', now)) return tooMany();
      const plant = api.actions.plant();
      if (plant === undefined) return noPolicy();
      const sent = await readSent<Body, z.ZodUnknown>(c, route);
      if (sent.kind === 'refused') return sent.response;
      const param = (name: string): string => c.req.param(name) ?? '';
      const asked = { api, listener, c, now, plant, param };
      return respond(await route.answer({ ...asked, body: sent.value.body }));
    },
  };
}
