/** Who is signed in with a browser, as of this moment's policy. */
import type { Context } from 'hono';
import type { Person } from '#policies/plant.ts';
import type { ApiContext } from './api-context.ts';
import { readCookie } from './cookie.ts';
import type { WebListener } from './security.ts';

/** Undefined = nobody. An id that now belongs to another account does not inherit the session. */
export function signedIn(api: ApiContext, listener: WebListener, c: Context): Person | undefined {
  const token = readCookie(c, listener, 'session');
  const session = token === undefined ? undefined : api.sessions.find(token, api.clock());
  const person = session && api.actions.plant()?.people.get(session.person);
  return person?.subject === session?.subject ? person : undefined;
}

export const isVendor = (person: Person): boolean =>
  person.roles.some(({ role }) => role === 'vendor');

/** Vendors have the portal, everybody else the console. */
export const homeOf = (person: Person): string => (isVendor(person) ? '/portal/' : '/console/');
