/** The web application of one browser-facing listener: what stands before every route, the routes, the two pages. */
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { ApiContext } from './api-context.ts';
import { notFound, refusal } from './refusal.ts';
import { isStreamed, ROUTES } from './routes.ts';
import { hostCheck, MAX_BODY_BYTES, securityHeaders, type WebListener } from './security.ts';
import { homeOf, signedIn } from './signed-in.ts';
import { serveStatic } from './static-files.ts';

/** Where somebody who typed only the host name is sent. */
const START = { portal: '/portal/', console: '/console/' } as const;

/** The page that fits whoever is signed in; of the others, who comes under a name that says portal wants the portal. */
function startOf(api: ApiContext, listener: WebListener, c: Context): string {
  const person = signedIn(api, listener, c);
  if (person !== undefined) return homeOf(person);
  return (c.req.header('host') ?? '').startsWith('portal.') ? START.portal : START.console;
}

export function createApp(api: ApiContext, listener: WebListener): Hono {
  const app = new Hono();
  app.use(securityHeaders(listener));
  app.use(hostCheck(listener));
  const bounded = bodyLimit({
    maxSize: MAX_BODY_BYTES,
    onError: () => refusal(413, 'too-large', `send at most ${MAX_BODY_BYTES} bytes`),
  });
  app.use((c, next) => (isStreamed(c.req.method, c.req.path) ? next() : bounded(c, next)));
  for (const route of ROUTES) {
    app.on(route.method, route.path, (c) => route.handle(api, listener, c));
  }
  app.get('/', (c) => c.redirect(startOf(api, listener, c), 303));
  for (const name of ['console', 'portal'] as const) {
    app.get(`/${name}`, (c) => c.redirect(`/${name}/`, 308));
    app.get(`/${name}/*`, (c) => {
      const path = new URL(c.req.url).pathname.slice(name.length + 2);
      return serveStatic(api.files[name], path) ?? notFound();
    });
  }
  app.notFound(() => notFound());
  app.onError((error) => {
    // One catch for each request. The asker learns nothing of our insides.
    api.fault('request', error);
    return refusal(500, 'fault', 'a fault of the broker; it has been noted');
  });
  return app;
}
