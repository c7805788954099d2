/** Ends a session at once. By default its grant stays blocked, so that nobody simply reconnects. */
import {
  Button,
  Checkbox,
  Form,
  FormGroup,
  Modal,
  ModalBody,
  ModalFooter,
  ModalHeader,
  TextArea,
} from '@patternfly/react-core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { EndBody, SessionView } from '../../api/views.ts';
import { post } from '../../ui/api.ts';
import { Failure } from '../../ui/failure.tsx';

export function EndDialog(props: { readonly session: SessionView; readonly onDone: () => void }) {
  const { session } = props;
  const [reason, setReason] = useState('');
  const [block, setBlock] = useState(true);
  const end = useMutation({
    mutationFn: (body: EndBody) => post(`/api/sessions/${session.id}/end`, body),
    onSuccess: props.onDone,
  });
  return (
    <Modal
      isOpen
      variant="medium"
      onClose={props.onDone}
      aria-labelledby="end-title"
      elementToFocus="#end-reason"
    >
      <ModalHeader
        title="End this session now"
        labelId="end-title"
        description={`${session.person.name} of ${session.person.company} on ${session.asset.name}. The connection closes within a second; an operation under way gets its answer.`}
      />
      <ModalBody>
        {end.isError && <Failure error={end.error} />}
        <Form>
          <FormGroup label="Reason, which the vendor is told" fieldId="end-reason" isRequired>
            <TextArea
              id="end-reason"
              value={reason}
              maxLength={500}
              onChange={(_event, value) => setReason(value)}
            />
          </FormGroup>
          <Checkbox
            id="end-block"
            label="Keep this grant blocked until somebody lifts it"
            isChecked={block}
            onChange={(_event, checked) => setBlock(checked)}
          />
        </Form>
      </ModalBody>
      <ModalFooter>
        <Button
          variant="danger"
          isDisabled={reason.trim() === '' || end.isPending}
          onClick={() => end.mutate({ reason, block })}
        >
          End session
        </Button>
        <Button variant="link" onClick={props.onDone}>
          Cancel
        </Button>
      </ModalFooter>
    </Modal>
  );
}
