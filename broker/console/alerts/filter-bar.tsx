import { useNavigate } from '@tanstack/react-router';
import type { Ref } from 'react';
import type { AlertPageView } from '../../api/views.ts';
import { FilterLine, Toggles } from '../../ui/filter-line.tsx';
import { type AlertFilter, STATUSES } from './filter.ts';

const LEVELS = [
  { value: 0, label: 'any severity' },
  { value: 40, label: 'medium and up' },
  { value: 70, label: 'high and up' },
] as const;

/** The nearest level below what the address asks for, so that one is always lit. */
const levelOf = (severity: number): number =>
  Math.max(...LEVELS.map(({ value }) => value).filter((points) => points <= severity));

export function FilterBar(props: {
  readonly filter: AlertFilter;
  readonly counts: AlertPageView['counts'] | undefined;
  readonly search: Ref<HTMLInputElement>;
  readonly onHelp: () => void;
}) {
  const { filter, counts } = props;
  const navigate = useNavigate();
  const change = (part: Partial<AlertFilter>): void =>
    void navigate({ to: '/alerts', search: { ...filter, ...part } });
  const toggle = (status: AlertFilter['status'][number]): void => {
    const kept = filter.status.filter((s) => s !== status);
    change({ status: kept.length === filter.status.length ? [...kept, status] : kept });
  };
  return (
    <FilterLine
      label="words in the sentence, the rule or the addresses"
      placeholder="words or addresses"
      text={filter.text}
      field={props.search}
      onSearch={(text) => change({ text })}
      onHelp={props.onHelp}
    >
      <Toggles
        label="status"
        kind="status"
        options={STATUSES.map((status) => ({
          value: status,
          label: counts === undefined ? status : `${status} ${counts[status]}`,
        }))}
        isLit={(status) => filter.status.includes(status)}
        onPress={toggle}
      />
      <Toggles
        label="severity"
        kind="severity"
        options={LEVELS}
        isLit={(points) => points === levelOf(filter.severity)}
        onPress={(severity) => change({ severity })}
      />
    </FilterLine>
  );
}
