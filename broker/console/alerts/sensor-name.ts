import { useQuery } from '@tanstack/react-query';
import type { PageView, SensorView } from '../../api/views.ts';
import { get } from '../../ui/api.ts';
import { useMay } from '../../ui/me.tsx';

/** What people call a sensor; its id where they may not know or it is none any more. */
export function useSensorName(id: string | undefined): string | undefined {
  const may = useMay();
  const { data } = useQuery({
    queryKey: ['sensors'],
    queryFn: () => get<PageView<SensorView>>('/api/sensors'),
    enabled: id !== undefined && may('read-sensors'),
  });
  return data?.items.find((sensor) => sensor.id === id)?.name ?? id;
}
