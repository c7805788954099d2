/** Approve less: drop operations, shrink ranges and bounds, end earlier. Earlier approvals then no longer count. */
import {
  Alert,
  Button,
  Checkbox,
  Form,
  FormGroup,
  Modal,
  ModalBody,
  ModalFooter,
  ModalHeader,
  TextInput,
} from '@patternfly/react-core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { AllowanceView, NarrowBody, RequestView } from '../../api/views.ts';
import { post } from '../../ui/api.ts';
import { Failure } from '../../ui/failure.tsx';
import { useMe } from '../../ui/me.tsx';
import { fromLocalInput, localInput } from '../../ui/site-time.ts';
import { type Edit, editOf, LABELS, labelOf, narrowed } from './narrow.ts';

function OperationEdit(props: {
  readonly operation: AllowanceView;
  readonly index: number;
  readonly edit: Edit;
  readonly onChange: (edit: Edit) => void;
}) {
  const { operation, edit, index, onChange } = props;
  const field = (name: 'addresses' | 'min' | 'max', label: string) => (
    <FormGroup label={label} fieldId={`narrow-${index}-${name}`}>
      <TextInput
        id={`narrow-${index}-${name}`}
        value={edit[name]}
        onChange={(_event, value) => onChange({ ...edit, [name]: value })}
      />
    </FormGroup>
  );
  return (
    <Checkbox
      id={`narrow-${index}-keep`}
      label={operation.text}
      isChecked={edit.keep}
      onChange={(_event, keep) => onChange({ ...edit, keep })}
      body={
        edit.keep &&
        operation.addresses !== undefined && (
          <div className="lk-trio">
            {field('addresses', 'Addresses, from 0')}
            {operation.operations.includes('write') && (
              <>
                {field('min', 'Least value')}
                {field('max', 'Greatest value')}
              </>
            )}
          </div>
        )
      }
    />
  );
}

export function NarrowDialog(props: {
  readonly request: RequestView;
  readonly onDone: () => void;
}) {
  const { request } = props;
  const { timeZone } = useMe();
  const [edits, setEdits] = useState<readonly Edit[]>(() => request.operations.map(editOf));
  const [until, setUntil] = useState(() => localInput(new Date(request.notAfter), timeZone));
  const [comment, setComment] = useState('');
  const result = narrowed(edits);
  const send = useMutation({
    mutationFn: (body: NarrowBody) =>
      post(`/api/requests/${encodeURIComponent(request.id)}/narrow`, body),
    onSuccess: props.onDone,
  });
  const submit = (): void => {
    if (result.kind !== 'ok') return;
    const unchanged = until === localInput(new Date(request.notAfter), timeZone);
    send.mutate({
      version: request.version,
      hash: request.hash,
      comment,
      operations: result.operations,
      ...(unchanged ? {} : { notAfter: fromLocalInput(until, timeZone).toISOString() }),
    });
  };
  return (
    <Modal
      isOpen
      variant="medium"
      onClose={props.onDone}
      aria-labelledby="narrow-title"
      elementToFocus="#narrow-0-keep"
    >
      <ModalHeader
        title="Approve less"
        labelId="narrow-title"
        description="You approve what is left here. Approvals given before no longer count, and the vendor sees what was taken away."
      />
      <ModalBody>
        {send.isError && (
          <Failure error={send.error} labelOf={(field) => labelOf(field, request, edits)} />
        )}
        {result.kind === 'unreadable' && (
          <Alert
            isInline
            component="p"
            variant="warning"
            title={`Operation ${result.index + 1}: ranges look like 100-105, 108; bounds are whole numbers.`}
          />
        )}
        <Form id="narrow-form">
          <fieldset className="lk-choices">
            <legend className="lk-heading">{LABELS.operations}</legend>
            {request.operations.map((operation, index) => (
              <OperationEdit
                key={operation.text}
                operation={operation}
                index={index}
                edit={edits[index] ?? editOf(operation)}
                onChange={(edit) => setEdits(edits.map((e, i) => (i === index ? edit : e)))}
              />
            ))}
          </fieldset>
          <FormGroup label={`${LABELS.notAfter} (${timeZone})`} fieldId="narrow-until">
            <TextInput
              id="narrow-until"
              type="datetime-local"
              value={until}
              onChange={(_event, value) => setUntil(value)}
            />
          </FormGroup>
          <FormGroup label={LABELS.comment} fieldId="narrow-comment">
            <TextInput
              id="narrow-comment"
              value={comment}
              onChange={(_event, value) => setComment(value)}
            />
          </FormGroup>
        </Form>
      </ModalBody>
      <ModalFooter>
        <Button isDisabled={result.kind !== 'ok' || send.isPending} onClick={submit}>
          Approve this much
        </Button>
        <Button variant="link" onClick={props.onDone}>
          Cancel
        </Button>
      </ModalFooter>
    </Modal>
  );
}
