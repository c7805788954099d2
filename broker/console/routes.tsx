/** The console's pages by address. */
import {
  createRootRoute,
  createRoute,
  createRouter,
  Navigate,
  Outlet,
  type SearchSchemaInput,
} from '@tanstack/react-router';
import type { MeView } from '../api/views.ts';
import { readQuery, writeQuery } from '../ui/address-query.ts';
import { Nothing } from '../ui/failure.tsx';
import { useMe } from '../ui/me.tsx';
import { Shell } from '../ui/shell.tsx';
import { type AlertFilter, alertFilter } from './alerts/filter.ts';
import { AlertList } from './alerts/list.tsx';
import { AlertPage } from './alerts/page.tsx';
import { RequestList } from './approvals/list.tsx';
import { RequestPage } from './approvals/page.tsx';
import { type AssetFilter, assetFilter } from './assets/filter.ts';
import { AssetList } from './assets/list.tsx';
import { AssetPage } from './assets/page.tsx';
import { type AuditFilter, auditFilter } from './audit/filter.ts';
import { AuditList } from './audit/list.tsx';
import { Health } from './health.tsx';
import { type ChosenCell, chosenCell } from './policy/cell.ts';
import { PolicyPage } from './policy/page.tsx';
import { type ReleaseFilter, releaseFilter } from './releases/filter.ts';
import { ReleaseList } from './releases/list.tsx';
import { ReleasePage } from './releases/page.tsx';
import { SensorList } from './sensors/list.tsx';
import { SessionList } from './sessions/list.tsx';
import { SessionPage } from './sessions/page.tsx';

const PLACES = [
  { to: '/alerts', label: 'Alerts', action: 'read-alerts' },
  { to: '/assets', label: 'Assets', action: 'read-assets' },
  { to: '/sessions', label: 'Sessions', action: 'read-session' },
  { to: '/approvals', label: 'Approvals', action: 'read-request' },
  { to: '/policy', label: 'Policy', action: 'read-policy' },
  { to: '/releases', label: 'Releases', action: 'read-releases' },
  { to: '/sensors', label: 'Sensors', action: 'read-sensors' },
  { to: '/audit', label: 'Audit', action: 'read-audit' },
] as const;

/** A vendor works in the portal; here there is nothing for one, not even what the API would show. */
const isVendor = ({ roles }: MeView): boolean => roles.every((role) => role === 'vendor');

/** The first page that this person may see. */
function First() {
  const { actions } = useMe();
  const place = PLACES.find(({ action }) => actions.includes(action));
  return place === undefined ? <NothingHere /> : <Navigate to={place.to} />;
}

function NothingHere() {
  return (
    <Nothing
      title="Nothing here for you"
      text="Your roles open no page of the console. Vendors work in the vendor portal."
    />
  );
}

function Root() {
  const outside = isVendor(useMe());
  return (
    <Shell
      product="Lockkeeper console"
      places={outside ? [] : PLACES}
      health={outside ? undefined : <Health />}
    >
      {outside ? <NothingHere /> : <Outlet />}
    </Shell>
  );
}

const root = createRootRoute({ component: Root, notFoundComponent: First });

const alerts = createRoute({
  getParentRoute: () => root,
  path: '/alerts',
  validateSearch: (search: Partial<AlertFilter> & SearchSchemaInput) => alertFilter(search),
  component: () => <AlertList filter={alerts.useSearch()} />,
});

const alert = createRoute({
  getParentRoute: () => root,
  path: '/alerts/$id',
  component: () => <AlertPage id={alert.useParams().id} />,
});

const assets = createRoute({
  getParentRoute: () => root,
  path: '/assets',
  validateSearch: (search: Partial<AssetFilter> & SearchSchemaInput) => assetFilter(search),
  component: () => <AssetList filter={assets.useSearch()} />,
});

const asset = createRoute({
  getParentRoute: () => root,
  path: '/assets/$address',
  component: () => <AssetPage address={asset.useParams().address} />,
});

const policy = createRoute({
  getParentRoute: () => root,
  path: '/policy',
  validateSearch: (search: ChosenCell & SearchSchemaInput) => chosenCell(search),
  component: () => <PolicyPage chosen={policy.useSearch()} />,
});

const releases = createRoute({
  getParentRoute: () => root,
  path: '/releases',
  validateSearch: (search: Partial<ReleaseFilter> & SearchSchemaInput) => releaseFilter(search),
  component: () => <ReleaseList filter={releases.useSearch()} />,
});

const release = createRoute({
  getParentRoute: () => root,
  path: '/releases/$id',
  component: () => <ReleasePage id={release.useParams().id} />,
});

const sessions = createRoute({
  getParentRoute: () => root,
  path: '/sessions',
  component: SessionList,
});

const session = createRoute({
  getParentRoute: () => root,
  path: '/sessions/$id',
  component: () => <SessionPage id={session.useParams().id} />,
});

const approvals = createRoute({
  getParentRoute: () => root,
  path: '/approvals',
  component: RequestList,
});

const approval = createRoute({
  getParentRoute: () => root,
  path: '/approvals/$id',
  component: () => <RequestPage id={approval.useParams().id} />,
});

const audit = createRoute({
  getParentRoute: () => root,
  path: '/audit',
  validateSearch: (search: AuditFilter & SearchSchemaInput) => auditFilter(search),
  component: () => <AuditList filter={audit.useSearch()} />,
});

const sensors = createRoute({
  getParentRoute: () => root,
  path: '/sensors',
  component: SensorList,
});

export const router = createRouter({
  routeTree: root.addChildren([
    alerts,
    alert,
    assets,
    asset,
    policy,
    releases,
    release,
    sessions,
    session,
    approvals,
    approval,
    audit,
    sensors,
  ]),
  basepath: '/console',
  parseSearch: readQuery,
  stringifySearch: writeQuery,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
