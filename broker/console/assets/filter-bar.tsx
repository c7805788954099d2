import { FormSelect, FormSelectOption } from '@patternfly/react-core';
import { useNavigate } from '@tanstack/react-router';
import type { Ref } from 'react';
import type { AssetPageView } from '../../api/views-assets.ts';
import { FilterLine, Toggles } from '../../ui/filter-line.tsx';
import { protocolName } from '../../ui/protocols.ts';
import type { AssetFilter } from './filter.ts';

const STANDINGS = [
  { value: undefined, label: 'all' },
  { value: 'named', label: 'in the policy' },
  { value: 'unknown', label: 'not in the policy' },
  { value: 'unheard', label: 'never heard' },
] as const;

/** Of a select: no choice. Zones and protocols have no such name. */
const ANY = '*';

function Choice(props: {
  readonly label: string;
  readonly any: string;
  readonly value: string | undefined;
  readonly options: readonly { readonly value: string; readonly label: string }[];
  readonly onChange: (value: string | undefined) => void;
}) {
  const { label, any, value, options, onChange } = props;
  return (
    <FormSelect
      className="lk-choice"
      aria-label={label}
      value={value ?? ANY}
      onChange={(_event, chosen) => onChange(chosen === ANY ? undefined : chosen)}
    >
      <FormSelectOption value={ANY} label={any} />
      {options.map((option) => (
        <FormSelectOption key={option.value} value={option.value} label={option.label} />
      ))}
    </FormSelect>
  );
}

export function FilterBar(props: {
  readonly filter: AssetFilter;
  readonly choices: Pick<AssetPageView, 'zones' | 'protocols'> | undefined;
  readonly search: Ref<HTMLInputElement>;
  readonly onHelp: () => void;
}) {
  const { filter, choices } = props;
  const navigate = useNavigate();
  const show = (next: AssetFilter): void => void navigate({ to: '/assets', search: next });
  const { zone, protocol, standing, ...rest } = filter;
  const kept = {
    ...(zone !== undefined && { zone }),
    ...(protocol !== undefined && { protocol }),
    ...(standing !== undefined && { standing }),
  };
  const without = (part: keyof typeof kept): AssetFilter => {
    const { [part]: _, ...others } = kept;
    return { ...rest, ...others };
  };
  const zones =
    choices?.zones ?? (zone === undefined || zone === '' ? [] : [{ id: zone, name: zone }]);
  const protocols = choices?.protocols ?? (protocol === undefined ? [] : [protocol]);
  return (
    <FilterLine
      label="words in the name, the addresses or what it says it is"
      placeholder="name, address, vendor"
      text={filter.text}
      field={props.search}
      onSearch={(text) => show({ ...filter, text })}
      onHelp={props.onHelp}
    >
      <Toggles
        label="what the policy says"
        kind="standing"
        options={STANDINGS}
        isLit={(value) => standing === value}
        onPress={(value) =>
          show({ ...without('standing'), ...(value !== undefined && { standing: value }) })
        }
      />
      <Choice
        label="zone"
        any="any zone"
        value={zone}
        options={[
          ...zones.map(({ id, name }) => ({ value: id, label: name })),
          { value: '', label: 'in no zone' },
        ]}
        onChange={(value) =>
          show({ ...without('zone'), ...(value !== undefined && { zone: value }) })
        }
      />
      <Choice
        label="protocol"
        any="any protocol"
        value={protocol}
        options={protocols.map((name) => ({ value: name, label: protocolName(name) }))}
        onChange={(value) =>
          show({ ...without('protocol'), ...(value !== undefined && { protocol: value }) })
        }
      />
    </FilterLine>
  );
}
