/** Both ends of a session and what it may do, in words. */
import { DescriptionList, Label } from '@patternfly/react-core';
import type { ReactNode } from 'react';
import type { SessionView } from '../api/views.ts';
import { Countdown, useNow } from './countdown.tsx';
import { Described } from './described.tsx';
import { END_REASONS } from './end-reasons.ts';
import { SiteTime } from './me.tsx';

export function SessionFacts(props: {
  readonly session: SessionView;
  /** Leads to the request, which has another address in each application. */
  readonly requestLink: ReactNode;
}) {
  const { session } = props;
  const isGrace = Date.parse(session.notAfter) <= useNow();
  return (
    <DescriptionList isHorizontal isCompact className="lk-facts">
      <Described term="Who">
        {session.person.name} of {session.person.company}
      </Described>
      <Described term="Asset">
        {session.asset.name} ({session.asset.id}) in zone {session.asset.zone}
      </Described>
      {session.request !== undefined && (
        <>
          <Described term="Purpose">
            {session.request.purpose}
            {session.request.ticket === undefined ? '' : ` (ticket ${session.request.ticket})`}
          </Described>
          <Described term="Approved by">
            {session.request.approvers.join(', ')} ({props.requestLink})
          </Described>
        </>
      )}
      <Described term={session.endedAt === undefined ? 'May' : 'Might'}>
        <ul className="lk-list">
          {session.allowed.map((allowance) => (
            <li key={allowance.text}>{allowance.text}</li>
          ))}
        </ul>
      </Described>
      <Described term="Started">
        <SiteTime at={session.startedAt} />
      </Described>
      {session.endedAt === undefined ? (
        <>
          <Described term="Writes stop">
            <SiteTime at={session.notAfter} /> (
            <Countdown until={session.notAfter} over="writes have stopped" />)
          </Described>
          <Described term="Everything stops">
            <SiteTime at={session.graceUntil} />
            {isGrace && (
              <>
                {' '}
                (<Countdown until={session.graceUntil} over="over" />)
              </>
            )}
          </Described>
        </>
      ) : (
        <Described term="Ended">
          <SiteTime at={session.endedAt} />
          {session.endReason === undefined ? '' : `, ${END_REASONS[session.endReason]}`}
          {session.endedBy === undefined ? '' : ` (${session.endedBy})`}
          {session.endText === undefined ? '' : `: ${session.endText}`}
        </Described>
      )}
      <Described term={session.endedAt === undefined ? 'So far' : 'Operations'}>
        {session.counts.allowed} allowed, {session.counts.writes} of them changed something,{' '}
        {session.counts.refused} refused
      </Described>
      {session.incomplete && (
        <Described term="Recording">
          <Label isCompact status="danger">
            not whole
          </Label>{' '}
          something that passed could not be recorded
        </Described>
      )}
    </DescriptionList>
  );
}
