import { useNavigate } from '@tanstack/react-router';
import type { Ref } from 'react';
import { FilterLine, Toggles } from '../../ui/filter-line.tsx';
import type { ReleaseFilter } from './filter.ts';

const VERDICTS = [
  { value: undefined, label: 'all' },
  { value: 'allow', label: 'allowed' },
  { value: 'hold', label: 'on hold' },
  { value: 'deny', label: 'denied' },
] as const;

export function FilterBar(props: {
  readonly filter: ReleaseFilter;
  readonly search: Ref<HTMLInputElement>;
  readonly onHelp: () => void;
}) {
  const { filter } = props;
  const navigate = useNavigate();
  const show = (next: ReleaseFilter): void => void navigate({ to: '/releases', search: next });
  return (
    <FilterLine
      label="words in vendor, product, version or the name of the file"
      placeholder="vendor, product, version"
      text={filter.text}
      field={props.search}
      onSearch={(text) => show({ ...filter, text })}
      onHelp={props.onHelp}
    >
      <Toggles
        label="verdict"
        kind="verdict"
        options={VERDICTS}
        isLit={(verdict) => filter.verdict === verdict}
        onPress={(verdict) =>
          show({ text: filter.text, ...(verdict !== undefined && { verdict }) })
        }
      />
    </FilterLine>
  );
}
