/** The portal's pages by address. */
import {
  createRootRoute,
  createRoute,
  createRouter,
  Navigate,
  Outlet,
} from '@tanstack/react-router';
import { Shell } from '../ui/shell.tsx';
import { Confirm } from './connect/confirm.tsx';
import { RequestForm } from './requests/form.tsx';
import { OwnRequests } from './requests/list.tsx';
import { OwnRequest } from './requests/page.tsx';
import { OwnSession, OwnSessions } from './sessions/list.tsx';

const PLACES = [
  { to: '/ask', label: 'Ask for access', action: 'submit-request' },
  { to: '/requests', label: 'My requests', action: 'read-request' },
  { to: '/sessions', label: 'My sessions', action: 'read-session' },
  { to: '/connect', label: 'Connect a terminal', action: 'connect' },
] as const;

const root = createRootRoute({
  component: () => (
    <Shell product="Lockkeeper vendor portal" places={PLACES}>
      <Outlet />
    </Shell>
  ),
  notFoundComponent: () => <Navigate to="/requests" />,
});

const ask = createRoute({ getParentRoute: () => root, path: '/ask', component: RequestForm });

const requests = createRoute({
  getParentRoute: () => root,
  path: '/requests',
  component: OwnRequests,
});

const request = createRoute({
  getParentRoute: () => root,
  path: '/requests/$id',
  component: () => <OwnRequest id={request.useParams().id} />,
});

const sessions = createRoute({
  getParentRoute: () => root,
  path: '/sessions',
  component: OwnSessions,
});

const session = createRoute({
  getParentRoute: () => root,
  path: '/sessions/$id',
  component: () => <OwnSession id={session.useParams().id} />,
});

const connect = createRoute({
  getParentRoute: () => root,
  path: '/connect',
  validateSearch: ({ code }: Record<string, unknown>): { readonly code?: string } =>
    typeof code === 'string' || typeof code === 'number' ? { code: String(code) } : {},
  component: () => {
    const { code = '' } = connect.useSearch();
    return <Confirm key={code} code={code} />;
  },
});

export const router = createRouter({
  routeTree: root.addChildren([ask, requests, request, sessions, session, connect]),
  basepath: '/portal',
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
