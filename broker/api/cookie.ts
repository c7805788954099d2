/** The two cookies of the browser-facing listeners. Nothing else is kept in a browser but whether single keys work. */
import type { Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import type { WebListener } from './security.ts';

/**
 * `session`: who is signed in. SameSite=Strict.
 * `flow`: which sign-in this browser began. Lax, because the OpenID provider sends the browser back
 * from another site; it authorises nothing by itself.
 */
export type CookieName = 'session' | 'flow';

/** `__Host-` (RFC 6265bis, 4.1.3.2): only this host, only TLS, path `/`. Plain HTTP has no such thing. */
const nameOn = (listener: WebListener, name: CookieName): string =>
  `${listener.tls ? '__Host-' : ''}lockkeeper-${name}`;

export function readCookie(
  c: Context,
  listener: WebListener,
  name: CookieName,
): string | undefined {
  return getCookie(c, nameOn(listener, name));
}

/** `maxAge` in seconds; absent = until the browser closes. */
export function writeCookie(
  c: Context,
  listener: WebListener,
  name: CookieName,
  value: string,
  maxAge?: number,
): void {
  setCookie(c, nameOn(listener, name), value, {
    path: '/',
    httpOnly: true,
    secure: listener.tls,
    sameSite: name === 'session' ? 'Strict' : 'Lax',
    ...(maxAge !== undefined && { maxAge }),
  });
}

export function clearCookie(c: Context, listener: WebListener, name: CookieName): void {
  deleteCookie(c, nameOn(listener, name), { path: '/', secure: listener.tls });
}
