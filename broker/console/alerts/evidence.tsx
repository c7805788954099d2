/** The packets of an alert, as pcapng to open elsewhere, and the decoded fields to read here. */
import { Button, DescriptionList } from '@patternfly/react-core';
import type { AlertView } from '../../api/views.ts';
import { Described } from '../../ui/described.tsx';
import { SiteTime, useMay } from '../../ui/me.tsx';
import { decoded } from './decoded.ts';

/** Whether this is what fired again after it was closed: then the sensor tells of the time before. */
const isOfEarlier = ({ firstSeen, document }: AlertView): boolean =>
  firstSeen > document['@timestamp'];

/** A sensor keeps the packets and the sentence of the first time; which that is must be said. */
export function WhichTime(props: { readonly alert: AlertView }) {
  const { alert } = props;
  const first = alert.document['@timestamp'];
  if (isOfEarlier(alert)) {
    return (
      <p>
        <strong>
          Sentence, fields and packets are of <SiteTime at={first} />, before it was closed;
        </strong>{' '}
        of the times since then only the number is kept.
      </p>
    );
  }
  if (alert.count === 1 || alert.sensor === undefined) return null;
  return (
    <p className="lk-dim">
      Fields and packets are of the first time, <SiteTime at={first} />.
    </p>
  );
}

export function Packets(props: { readonly alert: AlertView }) {
  const { alert } = props;
  const may = useMay();
  if (!alert.hasEvidence || !may('read-evidence')) return null;
  return (
    <Button
      component="a"
      variant="secondary"
      href={`/api/alerts/${encodeURIComponent(alert.id)}/pcap`}
    >
      Download packets (pcapng)
    </Button>
  );
}

export function Evidence(props: { readonly alert: AlertView }) {
  const { alert } = props;
  const { evidence, frames } = alert.document.lockkeeper;
  return (
    <>
      <DescriptionList isHorizontal isCompact className="lk-facts">
        {decoded(alert.document.modbus ?? alert.document.opcua).map(({ name, text }) => (
          <Described key={name} term={name}>
            <span className="lk-mono">{text}</span>
          </Described>
        ))}
        {frames.length > 0 && (
          <Described term="Frames">
            {frames.join(', ')}{' '}
            <span className="lk-dim">as the sensor counted them; the file counts from 1</span>
          </Described>
        )}
        {evidence !== undefined && (
          <Described term="SHA-256">
            <span className="lk-mono">{evidence.sha256}</span>
            {evidence.complete ? '' : '; incomplete: the sensor no longer had every packet'}
          </Described>
        )}
      </DescriptionList>
      {!alert.hasEvidence && (
        <p className="lk-apart">
          {alert.sensor === undefined
            ? 'The broker raised this from what a sensor reported; packets are with the alerts of that sensor.'
            : 'No packets have arrived for this alert yet.'}
        </p>
      )}
    </>
  );
}
