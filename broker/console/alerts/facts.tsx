/** What the sensor saw, what the plant policy says to it, and what the rule advises. */
import { DescriptionList } from '@patternfly/react-core';
import type { AlertView } from '../../api/views.ts';
import { Described } from '../../ui/described.tsx';
import { SiteTime } from '../../ui/me.tsx';
import { Words } from '../../ui/words.tsx';
import { refusalIn, writtenIn } from './protocol-words.ts';
import { useSensorName } from './sensor-name.ts';
import { Techniques } from './techniques.tsx';

type Lockkeeper = AlertView['document']['lockkeeper'];

function Policy(props: { readonly policy: NonNullable<Lockkeeper['policy']> }) {
  const { allowed, undecided, because } = props.policy;
  return (
    <>
      {allowed ? 'allows it' : undecided ? 'cannot be decided' : 'does not allow it'}
      <ul className="lk-list">
        {because.map((reason) => (
          <li key={reason}>
            <Words text={reason} />
          </li>
        ))}
      </ul>
    </>
  );
}

function Endpoints(props: { readonly alert: AlertView }) {
  const { source, destination, asset, zone } = props.alert;
  const at = asset === undefined ? '' : ` (${asset}, ${zone ?? 'no zone'})`;
  return (
    <>
      <span className="lk-nowrap">{source ?? 'not known'}</span> to{' '}
      <span className="lk-nowrap">{destination ?? 'not known'}</span>
      {at}
    </>
  );
}

/** Values shown of one write; the decoded fields have all. */
const MAX_VALUES = 8;

function Written(props: { readonly values: readonly string[] }) {
  const { values } = props;
  if (values.length === 0) return null;
  const more = values.length > MAX_VALUES ? ` and ${values.length - MAX_VALUES} more` : '';
  return (
    <>
      : <strong>{values.slice(0, MAX_VALUES).join(', ')}</strong>
      {more}
    </>
  );
}

/** Whether the device did it. */
function Answer(props: { readonly document: AlertView['document'] }) {
  const { event } = props.document;
  if (event.outcome === undefined) return null;
  const after = event.duration === undefined ? '' : ` after ${milliseconds(event.duration)}`;
  return (
    <Described term="The device">
      {event.outcome === 'success' && <strong>accepted it{after}</strong>}
      {event.outcome === 'failure' && `refused it${after}${refusalIn(props.document)}`}
      {event.outcome === 'unknown' && 'was not seen to answer: nobody knows whether it was done'}
    </Described>
  );
}

const milliseconds = (ns: number): string => `${Math.max(1, Math.round(ns / 1e6))} ms`;

export function Facts(props: { readonly alert: AlertView }) {
  const { alert } = props;
  const { document } = alert;
  const { policy, severity, operation } = document.lockkeeper;
  const sensorName = useSensorName(alert.sensor);
  // What the policy says is a fact too; once is enough.
  const facts = document.lockkeeper.facts.filter(
    ({ name }) => policy === undefined || policy.allowed || !name.startsWith('conduit.'),
  );
  return (
    <DescriptionList isHorizontal isCompact className="lk-facts">
      {(alert.source !== undefined || alert.destination !== undefined) && (
        <Described term="From, to">
          <Endpoints alert={alert} />
        </Described>
      )}
      {operation !== undefined && (
        <Described term="Operation">
          {operation.kind} {operation.object}
          <Written values={writtenIn(document)} />
        </Described>
      )}
      <Answer document={document} />
      <Described term="Seen">
        {alert.count > 1 ? (
          <>
            {alert.count} times, <SiteTime at={alert.firstSeen} /> to{' '}
            <SiteTime at={alert.lastSeen} />
          </>
        ) : (
          <>
            once, <SiteTime at={alert.lastSeen} />
          </>
        )}
        {sensorName === undefined ? '' : `, by sensor ${sensorName}`}
      </Described>
      {policy !== undefined && (
        <Described term="Plant policy">
          <Policy policy={policy} />
        </Described>
      )}
      {facts.length > 0 && (
        <Described term="Facts">
          <ul className="lk-list">
            {facts.map((fact) => (
              <li key={`${fact.name} ${fact.text}`}>
                <Words text={fact.text} /> <span className="lk-dim">({fact.name})</span>
              </li>
            ))}
          </ul>
        </Described>
      )}
      <Described term="Rule">
        {document.rule.name} <span className="lk-dim">(version {document.rule.version})</span>
      </Described>
      <Described term="Severity">
        {alert.severity} of 100:{' '}
        {severity.map((part) => `${part.points} for ${part.part}`).join(' + ')}
      </Described>
      <Described term="ATT&CK for ICS">
        <Techniques alert={document} />
      </Described>
    </DescriptionList>
  );
}

/** What the rule tells the person who works the alert. */
export function Advice(props: { readonly advice: Lockkeeper['advice'] }) {
  const { advice } = props;
  return (
    <>
      {advice !== undefined && (
        <>
          <p>{advice.why}</p>
          <ol className="lk-steps">
            {advice.steps.map((step) => (
              <li key={step}>{step}</li>
            ))}
          </ol>
        </>
      )}
      <p className="lk-dim">
        Do not block control traffic by reflex: ask the shift lead what the process needs.
      </p>
    </>
  );
}
