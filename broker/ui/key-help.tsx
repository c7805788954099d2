import {
  Content,
  DescriptionList,
  Modal,
  ModalBody,
  ModalHeader,
  Switch,
} from '@patternfly/react-core';
import { Described } from './described.tsx';
import { useSingleKeys } from './keys.ts';

/** What each key does, and the switch that turns single keys off (WCAG 2.1.4). */
export function KeyHelp(props: {
  /** Key and what it does. */
  readonly keys: readonly (readonly [string, string, ...unknown[]])[];
  readonly onClose: () => void;
}) {
  const [on, setOn] = useSingleKeys();
  return (
    <Modal isOpen variant="small" onClose={props.onClose} aria-labelledby="keys-title">
      <ModalHeader title="Keys" labelId="keys-title" />
      <ModalBody>
        <DescriptionList isHorizontal isCompact className="lk-facts">
          {props.keys.map(([key, does]) => (
            <Described key={key} term={key}>
              {does}
            </Described>
          ))}
        </DescriptionList>
        <Switch
          id="single-keys"
          className="lk-apart"
          label="Single keys work in this browser"
          isChecked={on}
          onChange={(_event, wanted) => setOn(wanted)}
        />
      </ModalBody>
    </Modal>
  );
}

/** The keys in one line below a list. */
export function KeyLine(props: { readonly text: string }) {
  const [on] = useSingleKeys();
  return (
    <Content component="small" className="lk-dim">
      {on ? `Keys: ${props.text}` : 'Single keys are off in this browser.'}
    </Content>
  );
}
