/** The frame of every page: who is signed in, where one can go, what time zone is meant. */
import {
  Banner,
  Button,
  Masthead,
  MastheadBrand,
  MastheadContent,
  MastheadMain,
  MastheadToggle,
  Nav,
  NavItem,
  NavList,
  Page,
  PageSection,
  PageSidebar,
  PageSidebarBody,
  PageToggleButton,
  SkipToContent,
} from '@patternfly/react-core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, useLocation } from '@tanstack/react-router';
import { type ReactNode, useEffect } from 'react';
import { post } from './api.ts';
import { useConnected } from './live.tsx';
import { useMe } from './me.tsx';

export interface Place {
  readonly to: string;
  readonly label: string;
  /** Shown iff the person may do this action at all. */
  readonly action: string;
}

function SignOut() {
  const client = useQueryClient();
  const signOut = useMutation({
    mutationFn: () => post('/api/sign-out'),
    onSettled: () => client.resetQueries({ queryKey: ['me'] }),
  });
  return (
    <Button
      variant="secondary"
      size="sm"
      isDisabled={signOut.isPending}
      onClick={() => signOut.mutate()}
    >
      Sign out
    </Button>
  );
}

function Header(props: { readonly product: string }) {
  const me = useMe();
  return (
    <Masthead display={{ default: 'inline' }}>
      <MastheadMain>
        <MastheadToggle>
          <PageToggleButton variant="plain" isHamburgerButton aria-label="pages" />
        </MastheadToggle>
        <MastheadBrand>
          <strong>{props.product}</strong>
        </MastheadBrand>
      </MastheadMain>
      <MastheadContent>
        <div className="lk-masthead">
          <span>
            <span className="lk-wide">{me.site}, </span>
            <span className="lk-dim">times in {me.timeZone}</span>
          </span>
          <span className="lk-end">
            {me.person.name} <span className="lk-dim lk-wide">({me.roles.join(', ')})</span>
          </span>
          <SignOut />
        </div>
      </MastheadContent>
    </Masthead>
  );
}

function Sidebar(props: { readonly places: readonly Place[] }) {
  const me = useMe();
  const { pathname } = useLocation();
  const places = props.places.filter((place) => me.actions.includes(place.action));
  return (
    <PageSidebar>
      <PageSidebarBody>
        <Nav aria-label="pages">
          <NavList>
            {places.map((place) => (
              <NavItem key={place.to} isActive={pathname.startsWith(place.to)}>
                <Link to={place.to}>{place.label}</Link>
              </NavItem>
            ))}
          </NavList>
        </Nav>
      </PageSidebarBody>
    </PageSidebar>
  );
}

function Interrupted() {
  const connected = useConnected();
  return (
    <p role="status" className={connected ? 'pf-v6-screen-reader' : 'lk-interrupted'}>
      {connected ? '' : 'Live updates are interrupted; trying again.'}
    </p>
  );
}

export function Shell(props: {
  readonly product: string;
  readonly places: readonly Place[];
  /** Shown above every page: how the watching itself fares. */
  readonly health?: ReactNode;
  readonly children: ReactNode;
}) {
  const me = useMe();
  const { pathname } = useLocation();
  const here = props.places.find(({ to }) => pathname.startsWith(to))?.label;
  useEffect(() => {
    document.title = here === undefined ? props.product : `${here} · ${props.product}`;
  }, [here, props.product]);
  return (
    <div className="lk-frame">
      {me.demo && (
        <section aria-label="demo">
          <Banner color="yellow">
            Demo: anybody on this machine can sign in as anybody. Never do this on a real site.
          </Banner>
        </section>
      )}
      <Page
        isManagedSidebar
        mainContainerId="main"
        masthead={<Header product={props.product} />}
        skipToContent={<SkipToContent href="#main">Skip to content</SkipToContent>}
        sidebar={<Sidebar places={props.places} />}
      >
        <PageSection>
          {props.health}
          <Interrupted />
          {props.children}
        </PageSection>
      </Page>
    </div>
  );
}
