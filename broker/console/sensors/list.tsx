/** The sensors of the site: who hears, who is silent, who lost packets; and a token for a new one. */
import { Label, Title } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useQuery } from '@tanstack/react-query';
import type { PageView, SensorView } from '../../api/views.ts';
import { get } from '../../ui/api.ts';
import { Nothing } from '../../ui/failure.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { SiteTime, useMay } from '../../ui/me.tsx';
import { Panel } from '../../ui/panel.tsx';
import { EnrolForm } from './enrol-form.tsx';

const LOOK_EVERY_MS = 10_000;

function SensorTable(props: { readonly sensors: readonly SensorView[] }) {
  return (
    <Table aria-label="sensors" variant="compact">
      <Thead>
        <Tr>
          <Th>Name</Th>
          <Th>State</Th>
          <Th>Last heard</Th>
          <Th>Hears</Th>
          <Th>Packets</Th>
          <Th>Lost</Th>
        </Tr>
      </Thead>
      <Tbody>
        {props.sensors.map((sensor) => (
          <Tr key={sensor.id}>
            <Td dataLabel="Name">{sensor.name}</Td>
            <Td dataLabel="State">
              <Label isCompact status={sensor.silent ? 'danger' : 'success'}>
                {sensor.silent ? 'silent' : 'reporting'}
              </Label>
            </Td>
            <Td dataLabel="Last heard">
              {sensor.lastSeen === undefined ? 'never' : <SiteTime at={sensor.lastSeen} />}
            </Td>
            <Td dataLabel="Hears" modifier="breakWord">
              {sensor.covers.length === 0 ? 'not said' : sensor.covers.join(', ')}
            </Td>
            <Td dataLabel="Packets">{sensor.received.toLocaleString('en')}</Td>
            <Td dataLabel="Lost">{sensor.dropped.toLocaleString('en')}</Td>
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}

/** What the sensors said about their own hearing: lost, unread or contradicting packets. */
function Remarks(props: { readonly sensors: readonly SensorView[] }) {
  const remarks = props.sensors.flatMap(({ name, facts }) =>
    facts.map((fact) => ({ ...fact, sensor: name })),
  );
  if (remarks.length === 0) return null;
  return (
    <Panel title="What could not be heard or read">
      <Table aria-label="what could not be heard or read" variant="compact">
        <Thead>
          <Tr>
            <Th>Sensor</Th>
            <Th>Last said</Th>
            <Th>Fact</Th>
            <Th>In words</Th>
          </Tr>
        </Thead>
        <Tbody>
          {remarks.map(({ sensor, name, text, at }) => (
            <Tr key={`${sensor} ${name}`}>
              <Td dataLabel="Sensor">{sensor}</Td>
              <Td dataLabel="Last said">
                <SiteTime at={at} />
              </Td>
              <Td dataLabel="Fact">{name}</Td>
              <Td dataLabel="In words">{text}</Td>
            </Tr>
          ))}
        </Tbody>
      </Table>
    </Panel>
  );
}

export function SensorList() {
  const may = useMay();
  const query = useQuery({
    queryKey: ['sensors'],
    queryFn: () => get<PageView<SensorView>>('/api/sensors'),
    refetchInterval: LOOK_EVERY_MS,
  });
  return (
    <div className="lk-page">
      <Title headingLevel="h1">Sensors</Title>
      <Loaded query={query}>
        {({ items }) =>
          items.length === 0 ? (
            <Nothing title="No sensor is enrolled" text="Nothing watches this site yet." />
          ) : (
            <>
              <SensorTable sensors={items} />
              <Remarks sensors={items} />
            </>
          )
        }
      </Loaded>
      {may('enrol-sensor') && (
        <Panel title="Enrol a sensor">
          <EnrolForm />
        </Panel>
      )}
    </div>
  );
}
