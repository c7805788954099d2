/** How the watching itself fares: an alert list that is empty because a sensor is deaf must say so. */
import { Label } from '@patternfly/react-core';
import { useQuery } from '@tanstack/react-query';
import type { PageView, SensorView } from '../api/views.ts';
import { get } from '../ui/api.ts';
import { SiteTime, useMay } from '../ui/me.tsx';

/** Milliseconds between two looks; sensors report each 10 s. */
const LOOK_EVERY = 10_000;

function Trouble(props: { readonly sensor: SensorView }) {
  const { sensor } = props;
  if (sensor.silent) {
    return (
      <Label status="danger" isCompact>
        {sensor.name} is silent
        {sensor.lastSeen === undefined ? '' : ' since '}
        {sensor.lastSeen !== undefined && <SiteTime at={sensor.lastSeen} />}
      </Label>
    );
  }
  if (sensor.dropped === 0) return null;
  return (
    <Label status="warning" isCompact>
      {sensor.name} lost {sensor.dropped.toLocaleString('en')} of{' '}
      {sensor.received.toLocaleString('en')} packets
    </Label>
  );
}

function Strip() {
  const { data, isError } = useQuery({
    queryKey: ['sensors'],
    queryFn: () => get<PageView<SensorView>>('/api/sensors'),
    refetchInterval: LOOK_EVERY,
  });
  const hearing = data?.items.filter((sensor) => !sensor.silent).length ?? 0;
  const text = (): string => {
    if (isError) return 'How the sensors fare cannot be read.';
    if (data === undefined) return 'Asking how the sensors fare.';
    if (data.items.length === 0) return 'No sensor is enrolled: nothing watches this site.';
    return `Sensors: ${hearing} of ${data.items.length} reporting.`;
  };
  return (
    <section aria-label="sensors" className="lk-health">
      <span>{text()}</span>
      {data?.items.map((sensor) => (
        <Trouble key={sensor.id} sensor={sensor} />
      ))}
    </section>
  );
}

export function Health() {
  return useMay()('read-sensors') ? <Strip /> : null;
}
