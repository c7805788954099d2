/** Exactly what is asked for: an approval binds to this and nothing else. */
import { DescriptionList } from '@patternfly/react-core';
import type { AllowanceView, RequestView } from '../api/views.ts';
import { Described } from './described.tsx';
import { SiteTime } from './me.tsx';
import { duration } from './site-time.ts';
import { Words } from './words.tsx';

function Operations(props: { readonly operations: readonly AllowanceView[] }) {
  return (
    <ul className="lk-list">
      {props.operations.map((operation) => (
        <li key={operation.text}>{operation.text}</li>
      ))}
    </ul>
  );
}

export function RequestFacts(props: { readonly request: RequestView }) {
  const { request } = props;
  const lasts = Date.parse(request.notAfter) - Date.parse(request.notBefore);
  const grace = Date.parse(request.graceUntil) - Date.parse(request.notAfter);
  return (
    <DescriptionList isHorizontal isCompact className="lk-facts">
      <Described term="Who">
        {request.requester.name} of {request.requester.company}
      </Described>
      <Described term="Asset">
        {request.asset.name} ({request.asset.id}), zone {request.asset.zone}, criticality{' '}
        {request.asset.criticality}
      </Described>
      <Described term={request.asked === undefined ? 'Wants to' : 'Is left'}>
        <Operations operations={request.operations} />
      </Described>
      {request.asked !== undefined && (
        <Described term="Was asked">
          <Operations operations={request.asked.operations} />
          {request.asked.notAfter !== request.notAfter && (
            <p>
              until <SiteTime at={request.asked.notAfter} />
            </p>
          )}
        </Described>
      )}
      <Described term="Window">
        <SiteTime at={request.notBefore} /> to <SiteTime at={request.notAfter} /> ({duration(lasts)}
        ); writes stop at the end
      </Described>
      <Described term="Grace">
        {grace <= 0 ? (
          'none: reads stop with the writes'
        ) : (
          <>
            reads may go on for {duration(grace)}, until <SiteTime at={request.graceUntil} />
          </>
        )}
      </Described>
      <Described term="Purpose">
        {request.purpose}
        {request.ticket === undefined ? '' : ` (ticket ${request.ticket})`}
      </Described>
      {request.state === 'pending' && (
        <Described term="Decide by">
          <SiteTime at={request.requestExpiresAt} />
        </Described>
      )}
      <Described term="Policy entry">{request.entry}</Described>
    </DescriptionList>
  );
}

const plural = (count: number): string => (count === 1 ? '1 approval' : `${count} approvals`);

/** Who has said what so far, and whether it still counts. */
export function Approvals(props: { readonly request: RequestView }) {
  const { approvals, quorum, state } = props.request;
  const counted = approvals.filter((a) => a.counts).length;
  // How many the policy asks for today says nothing about a request that was decided earlier.
  const given = state === 'pending' ? `${counted} of ${quorum} approvals` : plural(counted);
  return (
    <>
      <p>
        {given}; the request is {state}
        {props.request.narrowed ? ', and was narrowed by an approver' : ''}.
      </p>
      <ul className="lk-list">
        {approvals.map((approval) => (
          <li key={`${approval.person} ${approval.at}`}>
            <SiteTime at={approval.at} /> {approval.person}{' '}
            {approval.verdict === 'approve' ? 'approved' : 'denied'}
            {approval.comment === '' ? '' : `: ${approval.comment}`}
            {approval.voided !== undefined && (
              <>
                {' '}
                (no longer counts: <Words text={approval.voided} />)
              </>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}
