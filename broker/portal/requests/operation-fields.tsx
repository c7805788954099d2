import { Checkbox, HelperText, HelperTextItem, TextInput } from '@patternfly/react-core';
import type { AllowanceView } from '../../api/views.ts';
import { type DraftOperation, rangeFault } from './draft.ts';

/** One thing the vendor may ask for, with a smaller range if they want less. */
export function OperationFields(props: {
  readonly index: number;
  readonly allowance: AllowanceView;
  readonly typed: DraftOperation;
  readonly onChange: (typed: DraftOperation) => void;
}) {
  const { index, allowance, typed, onChange } = props;
  const fault = rangeFault(typed, allowance);
  const bound = (end: 'first' | 'last') => (
    <TextInput
      aria-label={`${end} address of ${allowance.text}`}
      className="lk-number"
      type="number"
      value={typed[end]}
      validated={fault === undefined ? 'default' : 'error'}
      onChange={(_event, value) => onChange({ ...typed, [end]: value })}
    />
  );
  return (
    <Checkbox
      id={`operation-${index}`}
      label={allowance.text}
      isChecked={typed.wanted}
      onChange={(_event, wanted) => onChange({ ...typed, wanted })}
      body={
        typed.wanted &&
        allowance.addresses !== undefined && (
          <>
            <span className="lk-nowrap">addresses</span> {bound('first')} to {bound('last')}
            {fault !== undefined && (
              <HelperText>
                <HelperTextItem variant="error">{fault}</HelperTextItem>
              </HelperText>
            )}
          </>
        )
      }
    />
  );
}
