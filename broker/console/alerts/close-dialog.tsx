/** Closing an alert takes a reason and a word why: the next shift reads it. */
import {
  Alert,
  Button,
  Form,
  FormGroup,
  FormSelect,
  FormSelectOption,
  Modal,
  ModalBody,
  ModalFooter,
  ModalHeader,
  TextArea,
  TextInput,
} from '@patternfly/react-core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { AlertRowView, AlertView, CloseBody } from '../../api/views.ts';
import { post } from '../../ui/api.ts';
import { Failure } from '../../ui/failure.tsx';
import { Words } from '../../ui/words.tsx';

type Reason = CloseBody['reason'];

const REASONS: readonly { readonly value: Reason; readonly label: string }[] = [
  { value: 'true-positive', label: 'True positive: an incident, handled' },
  { value: 'benign-true-positive', label: 'Benign true positive: it happened, and was harmless' },
  { value: 'expected-change', label: 'Expected change: planned work' },
  { value: 'false-positive', label: 'False positive: it did not happen' },
  { value: 'duplicate', label: 'Duplicate of another alert' },
  { value: 'tuning', label: 'Tuning: the rule needs work' },
];

function Reasons(props: {
  readonly reason: Reason | '';
  readonly onChange: (reason: Reason) => void;
}) {
  return (
    <FormGroup label="Reason" fieldId="close-reason" isRequired>
      <FormSelect
        id="close-reason"
        value={props.reason}
        onChange={(_event, value) => props.onChange(value as Reason)}
      >
        <FormSelectOption value="" label="choose what it was" isPlaceholder isDisabled />
        {REASONS.map(({ value, label }) => (
          <FormSelectOption key={value} value={value} label={label} />
        ))}
      </FormSelect>
    </FormGroup>
  );
}

export function CloseDialog(props: {
  /** As it stands now: it may change while the dialog is open. */
  readonly alert: Pick<AlertRowView, 'id' | 'version' | 'message' | 'status'>;
  readonly onClosed: (alert: AlertView) => void;
  /** Somebody else changed it first: load it again. */
  readonly onConflict: () => void;
  readonly onDone: () => void;
}) {
  const { alert } = props;
  // No verdict is chosen beforehand: whoever is in a hurry would give that one.
  const [reason, setReason] = useState<Reason | ''>('');
  const [other, setOther] = useState('');
  const [comment, setComment] = useState('');
  const close = useMutation({
    mutationFn: (body: CloseBody) => post<AlertView>(`/api/alerts/${alert.id}/close`, body),
    onSuccess: (closed) => {
      props.onClosed(closed);
      props.onDone();
    },
    onError: props.onConflict,
  });
  const isClosed = alert.status === 'closed';
  const isDuplicate = reason === 'duplicate';
  const isComplete =
    reason !== '' && comment.trim() !== '' && (!isDuplicate || other.trim() !== '');
  const said = isDuplicate ? `of ${other.trim()}: ${comment}` : comment;
  return (
    <Modal
      isOpen
      variant="medium"
      onClose={props.onDone}
      aria-labelledby="close-title"
      elementToFocus="#close-reason"
    >
      <ModalHeader
        title="Close the alert"
        labelId="close-title"
        description={<Words text={alert.message} />}
      />
      <ModalBody>
        {close.isError && !isClosed && <Failure error={close.error} />}
        {isClosed && !close.isPending && !close.isSuccess && (
          <Alert
            isInline
            component="p"
            variant="warning"
            title="Somebody else was first and has closed it. What you typed was not saved; copy it if you need it."
          />
        )}
        <Form id="close-form">
          <Reasons reason={reason} onChange={setReason} />
          {reason === 'duplicate' && (
            <FormGroup label="Of which alert (its address)" fieldId="close-other" isRequired>
              <TextInput
                id="close-other"
                value={other}
                maxLength={200}
                onChange={(_event, value) => setOther(value)}
              />
            </FormGroup>
          )}
          <FormGroup label="What the next shift should know" fieldId="close-comment" isRequired>
            <TextArea
              id="close-comment"
              value={comment}
              maxLength={2000}
              resizeOrientation="vertical"
              onChange={(_event, value) => setComment(value)}
            />
          </FormGroup>
        </Form>
      </ModalBody>
      <ModalFooter>
        <Button
          isDisabled={!isComplete || close.isPending || isClosed}
          onClick={() =>
            reason !== '' && close.mutate({ version: alert.version, reason, comment: said })
          }
        >
          Close alert
        </Button>
        <Button variant="link" onClick={props.onDone}>
          Cancel
        </Button>
      </ModalFooter>
    </Modal>
  );
}
