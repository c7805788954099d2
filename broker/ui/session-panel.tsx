import type { SessionView } from '../api/views.ts';
import { Loaded } from './loaded.tsx';
import { More } from './more.tsx';
import type { usePages } from './pages.ts';
import { Panel } from './panel.tsx';
import { SessionTable } from './session-table.tsx';

/** Where lists of sessions are read, page by page. */
export const OPEN_SESSIONS = '/api/sessions?state=active&state=grace';
export const ENDED_SESSIONS = '/api/sessions?state=ended';

/** Sessions that are all open or all ended. */
export function SessionPanel(props: {
  readonly title: string;
  readonly label: string;
  readonly none: string;
  readonly pages: ReturnType<typeof usePages<SessionView>>;
}) {
  const { query, items } = props.pages;
  return (
    <Panel title={props.title}>
      <Loaded query={query}>
        {() =>
          items.length === 0 && !query.hasNextPage ? (
            <p>{props.none}</p>
          ) : (
            <SessionTable sessions={items} label={props.label} />
          )
        }
      </Loaded>
      <More query={query} label="Show more" />
    </Panel>
  );
}
