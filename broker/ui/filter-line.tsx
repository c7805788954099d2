/** The line above a list: what narrows it, a search, and the way to the keys. */
import { Button, ToggleGroup, ToggleGroupItem } from '@patternfly/react-core';
import type { ReactNode, Ref } from 'react';
import { Search } from './search.tsx';

export function FilterLine(props: {
  /** Toggles and choices. */
  readonly children: ReactNode;
  readonly label: string;
  readonly placeholder: string;
  readonly text: string;
  readonly field: Ref<HTMLInputElement>;
  readonly onSearch: (text: string) => void;
  readonly onHelp: () => void;
}) {
  const { children, onHelp, ...search } = props;
  return (
    <search className="lk-filter">
      {children}
      <Search key={props.text} {...search} />
      <Button variant="link" size="sm" onClick={onHelp}>
        Keys
      </Button>
    </search>
  );
}

/** Some values side by side, of which those that hold are lit. */
export function Toggles<Value extends string | number | undefined>(props: {
  readonly label: string;
  /** Buttons have the DOM id `${kind}-${value}`. */
  readonly kind: string;
  readonly options: readonly { readonly value: Value; readonly label: string }[];
  readonly isLit: (value: Value) => boolean;
  readonly onPress: (value: Value) => void;
}) {
  const { label, kind, options, isLit, onPress } = props;
  return (
    <ToggleGroup isCompact aria-label={label}>
      {options.map((option) => (
        <ToggleGroupItem
          key={option.value ?? 'all'}
          text={option.label}
          buttonId={`${kind}-${option.value ?? 'all'}`}
          isSelected={isLit(option.value)}
          onChange={() => onPress(option.value)}
        />
      ))}
    </ToggleGroup>
  );
}
