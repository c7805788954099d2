/**
 * The table of routes. What does not stand in it does not exist: there is no handler beside it.
 *
 * Each row names its action, and `gatekeeper.ts` asks `may` about it before anything else happens. A
 * test walks all rows with all roles and with nobody.
 */
import type { Route } from './route.ts';
import { ALERT_ROUTES } from './routes-alerts.ts';
import { ASSET_ROUTES } from './routes-assets.ts';
import { CONNECT_ROUTES } from './routes-connect.ts';
import { POLICY_ROUTES } from './routes-policy.ts';
import { RELEASE_ROUTES } from './routes-releases.ts';
import { REQUEST_ROUTES } from './routes-requests.ts';
import { SESSION_ROUTES } from './routes-sessions.ts';
import { SIGN_IN_ROUTES } from './routes-sign-in.ts';
import { SITE_ROUTES } from './routes-site.ts';

export const ROUTES: readonly Route[] = [
  ...SIGN_IN_ROUTES,
  ...ALERT_ROUTES,
  ...REQUEST_ROUTES,
  ...SESSION_ROUTES,
  ...SITE_ROUTES,
  ...ASSET_ROUTES,
  ...POLICY_ROUTES,
  ...RELEASE_ROUTES,
  ...CONNECT_ROUTES,
];

const STREAMED: ReadonlySet<string> = new Set(
  ROUTES.filter(({ streams }) => streams).map(({ method, path }) => `${method} ${path}`),
);

/** Whether the body of such a request is a large file: its bound of bytes and of time is another. `path` has no query. */
export const isStreamed = (method: string, path: string): boolean =>
  STREAMED.has(`${method} ${path}`);
