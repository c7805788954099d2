import type { Context } from 'hono';

/** What `@hono/node-server` gives to each request; absent where a test asks the app without a socket. */
interface Bindings {
  readonly incoming?: { readonly socket?: { readonly remoteAddress?: string } };
}

/** Address of the other end of this connection. Headers such as X-Forwarded-For are never believed. */
export function peerOf(c: Context): string | undefined {
  const env = c.env as Bindings | undefined;
  return env?.incoming?.socket?.remoteAddress;
}
