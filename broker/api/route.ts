/** What a route is. `gatekeeper.ts` is what stands between a request and its answer. */
import type { Context } from 'hono';
import type { z } from 'zod';
import type { ProvenClaims } from '#broker/identity/connect-token.ts';
import type { Action, Resource } from '#policies/people.ts';
import type { Person, Plant } from '#policies/plant.ts';
import type { Micros } from '#sensor/model/time.ts';
import type { ApiContext } from './api-context.ts';
import type { Limits } from './limits.ts';
import type { WebListener } from './security.ts';

/** `anybody`: no sign-in. `signed-in`: any person of the plant policy. Else what `may` is asked about. */
type RouteAction = Action | 'anybody' | 'signed-in';

/**
 * What proves who asks. A route takes exactly one kind, so a token of another kind is as good as none.
 * `cookie`: the browser session, and for changes the same origin.
 * `bearer`: the token of `lockkeeper connect`.
 * `none`: nobody is named; a change by a browser page (`origin`) or by a command (`none`).
 */
export type Credential = 'cookie' | 'bearer' | 'origin' | 'none';

export interface Route {
  readonly method: 'GET' | 'POST';
  /** Hono's syntax: `/api/alerts/:id`. */
  readonly path: string;
  readonly action: RouteAction;
  readonly credential: Credential;
  /** Its body is read as it comes, by whoever answers, who bounds it. */
  readonly streams: boolean;
  readonly handle: (api: ApiContext, listener: WebListener, c: Context) => Promise<Response>;
}

/** A request whose asker is known or need not be. */
export interface Asked {
  readonly api: ApiContext;
  readonly listener: WebListener;
  readonly c: Context;
  readonly now: Micros;
  readonly plant: Plant;
  /** A parameter of the path; empty where the path has none of that name. */
  readonly param: (name: string) => string;
  /** Valid iff the credential is `bearer`: what the token proves. */
  readonly claims?: ProvenClaims;
}

/** One asked by a person who may do it. */
interface Call<Item, Body, Query> extends Asked {
  readonly person: Person;
  readonly item: Item;
  readonly body: Body;
  readonly query: Query;
}

/** The thing that a path names, and what `may` must know of it. */
export interface Loaded<Item> {
  readonly item: Item;
  readonly resource: Resource;
}

/** A response, a value that becomes JSON, or nothing to say (204). */
export type Answer = Response | object | undefined;

export interface PersonalRoute<Item, Body extends z.ZodType, Query extends z.ZodType> {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly action: Action | 'signed-in';
  readonly credential?: 'cookie' | 'bearer';
  readonly limit?: keyof Limits;
  readonly streams?: true;
  readonly body?: Body;
  readonly query?: Query;
  /** Undefined = there is no such thing. Absent = the route is about no single thing. */
  readonly load?: (asked: Asked & { readonly person: Person }) => Promise<Loaded<Item> | undefined>;
  readonly answer: (call: Call<Item, z.output<Body>, z.output<Query>>) => Promise<Answer> | Answer;
}

export interface OpenRoute<Body extends z.ZodType> {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly credential: 'origin' | 'none';
  readonly limit?: keyof Limits;
  readonly body?: Body;
  readonly answer: (asked: Asked & { readonly body: z.output<Body> }) => Promise<Answer> | Answer;
}
