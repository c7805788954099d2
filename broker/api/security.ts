/**
 * What stands before every route of a browser-facing listener: which host names it answers to, where
 * a change may come from, how large a body may be, and the headers of every answer.
 */
import type { Context, MiddlewareHandler } from 'hono';
import { refusal } from './refusal.ts';

/** One browser-facing listener. */
export interface WebListener {
  readonly tls: boolean;
  /**
   * `host[:port]` values of the Host header that it answers to. Another one is refused, so that a
   * name that an attacker points at this address (DNS rebinding) reaches nothing.
   */
  readonly answersTo: (host: string) => boolean;
}

/** Larger than any body of the API but a firmware package, which has its own bound; sensors have their own listener. */
export const MAX_BODY_BYTES = 64 * 1024;

/**
 * Scripts and styles only from here, no inline code, no plug-ins, no framing, no form elsewhere. DOM
 * sinks take only values of a Trusted Types policy; React makes none. `img-src data:` is for the small
 * images inside PatternFly's style sheets.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "font-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const ONE_YEAR = 31_536_000;

function setHeaders(headers: Headers, tls: boolean): void {
  headers.set('content-security-policy', CONTENT_SECURITY_POLICY);
  headers.set('x-content-type-options', 'nosniff');
  headers.set('x-frame-options', 'DENY');
  headers.set('referrer-policy', 'no-referrer');
  headers.set('cross-origin-opener-policy', 'same-origin');
  headers.set('cross-origin-resource-policy', 'same-origin');
  headers.set('permissions-policy', 'camera=(), geolocation=(), microphone=(), usb=(), serial=()');
  if (!headers.has('cache-control')) headers.set('cache-control', 'no-store');
  if (tls) headers.set('strict-transport-security', `max-age=${ONE_YEAR}`);
}

/** Headers of every answer, refusals and faults of ours included. */
export function securityHeaders(listener: WebListener): MiddlewareHandler {
  return async (c, next) => {
    await next();
    setHeaders(c.res.headers, listener.tls);
  };
}

/** Refuses a Host that is not ours. */
export function hostCheck(listener: WebListener): MiddlewareHandler {
  return async (c, next) => {
    const host = c.req.header('host') ?? new URL(c.req.url).host;
    if (!listener.answersTo(host.toLowerCase())) {
      return refusal(400, 'host', 'this address is not one that the broker answers to');
    }
    await next();
    return undefined;
  };
}

/**
 * Whether a change comes from a page of this very origin. Browsers send Origin with every POST; where
 * it is missing nothing is known, so the answer is no. Port and scheme count.
 */
export function sameOrigin(c: Context, listener: WebListener): boolean {
  const host = c.req.header('host') ?? new URL(c.req.url).host;
  const origin = c.req.header('origin');
  return origin === `${listener.tls ? 'https' : 'http'}://${host.toLowerCase()}`;
}

/** Host names for loopback listeners: this machine under any of its loopback names, at this port. */
export function loopbackHosts(port: number): (host: string) => boolean {
  const pattern = new RegExp(
    `^(?:[a-z0-9-]+\\.)?localhost:${port}$|^127\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}:${port}$|^\\[::1\\]:${port}$`,
  );
  return (host) => pattern.test(host);
}
