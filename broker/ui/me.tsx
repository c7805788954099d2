/** Who is signed in, known to every page below. */
import { createContext, type ReactNode, use } from 'react';
import type { MeView } from '../api/views.ts';
import { inZone } from './site-time.ts';

const MeContext = createContext<MeView | undefined>(undefined);

export function MeProvider(props: { readonly me: MeView; readonly children: ReactNode }) {
  return <MeContext value={props.me}>{props.children}</MeContext>;
}

/** Throws outside `MeProvider`: a page that is shown to nobody is a bug. */
export function useMe(): MeView {
  const me = use(MeContext);
  if (me === undefined) throw new Error('useMe outside MeProvider');
  return me;
}

export function useMay(): (action: string) => boolean {
  const { actions } = useMe();
  return (action) => actions.includes(action);
}

/** An instant in the site's zone, with ISO 8601 in UTC on hover. */
export function SiteTime(props: { readonly at: string }) {
  const { timeZone } = useMe();
  return (
    <time dateTime={props.at} title={props.at}>
      {inZone(props.at, timeZone)}
    </time>
  );
}
