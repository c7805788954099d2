import { SearchInput } from '@patternfly/react-core';
import { type Ref, useState } from 'react';

/** A search that begins with Enter and then gives the keys back to the list. */
export function Search(props: {
  readonly label: string;
  readonly placeholder: string;
  readonly text: string;
  /** Where a key leads to it. */
  readonly field?: Ref<HTMLInputElement>;
  readonly onSearch: (text: string) => void;
}) {
  const [text, setText] = useState(props.text);
  return (
    <SearchInput
      ref={props.field ?? null}
      className="lk-search"
      aria-label={props.label}
      placeholder={props.placeholder}
      value={text}
      onChange={(_event, value) => setText(value)}
      onSearch={(event) => {
        props.onSearch(text);
        if (event.currentTarget instanceof HTMLElement) event.currentTarget.blur();
      }}
      onClear={() => {
        setText('');
        props.onSearch('');
      }}
    />
  );
}
