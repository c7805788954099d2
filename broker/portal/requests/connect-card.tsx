/** The one command that opens the door, and how long it stays open. */
import { Link } from '@tanstack/react-router';
import type { GrantView } from '../../api/views.ts';
import { CopyLine } from '../../ui/copy-line.tsx';
import { Countdown, useNow } from '../../ui/countdown.tsx';
import { SiteTime } from '../../ui/me.tsx';
import { Panel } from '../../ui/panel.tsx';
import { mayConnect } from './standing.ts';

function Clock(props: { readonly grant: GrantView; readonly now: number }) {
  const { grant, now } = props;
  if (Date.parse(grant.notBefore) > now) {
    return (
      <p>
        Begins in <Countdown until={grant.notBefore} over="a moment" />, at{' '}
        <SiteTime at={grant.notBefore} />.
      </p>
    );
  }
  if (Date.parse(grant.notAfter) > now) {
    return (
      <p>
        Writes stop in{' '}
        <strong>
          <Countdown until={grant.notAfter} over="no time" />
        </strong>
        , at <SiteTime at={grant.notAfter} />.
      </p>
    );
  }
  return (
    <p>
      Writes have stopped. Reads go on for{' '}
      <strong>
        <Countdown until={grant.graceUntil} over="no time" />
      </strong>
      , until <SiteTime at={grant.graceUntil} />.
    </p>
  );
}

function Connected(props: { readonly session: NonNullable<GrantView['session']> }) {
  const { session } = props;
  return (
    <p>
      Connected since <SiteTime at={session.startedAt} />:{' '}
      <Link to="/sessions/$id" params={{ id: session.id }}>
        what you do there
      </Link>
      .
    </p>
  );
}

function Command(props: { readonly grant: GrantView }) {
  return (
    <>
      <CopyLine text={props.grant.connect} label="Copy the command" />
      <ol className="lk-steps">
        <li>Run this command on your own machine, in the folder of Lockkeeper.</li>
        <li>It shows a short code; confirm it in the page that it names.</li>
        <li>
          It opens a port on your machine and prints it. Point your engineering tool there, as if it
          were the device.
        </li>
      </ol>
      <p>
        What was not approved gets a normal Modbus exception, and your tool goes on. Everything is
        recorded.
      </p>
    </>
  );
}

/** Nothing where there is no way in and nobody inside. */
export function ConnectCard(props: { readonly grant: GrantView }) {
  const { grant } = props;
  const now = useNow();
  const isOpen = grant.session !== undefined && Date.parse(grant.graceUntil) > now;
  const canEnter = mayConnect(grant, now);
  if (!isOpen && !canEnter) return null;
  return (
    <Panel title={isOpen ? 'Connected' : 'Connect'}>
      <div className="lk-page">
        <Clock grant={grant} now={now} />
        {grant.session !== undefined && isOpen && <Connected session={grant.session} />}
        {canEnter && <Command grant={grant} />}
      </div>
    </Panel>
  );
}
