/** One step back, with what it changes before it is done. */
import { Button, Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { post } from '../../ui/api.ts';
import { Failure } from '../../ui/failure.tsx';
import { useMay } from '../../ui/me.tsx';
import { Plan } from './plan.tsx';

interface Step {
  /** The version in force. */
  readonly from: string;
  /** The one that comes back. */
  readonly to: string;
}

function Dialog(props: Step & { readonly onDone: () => void }) {
  const { from, to, onDone } = props;
  const back = useMutation({
    mutationFn: () => post('/api/policy/roll-back', { base: from }),
    onSuccess: onDone,
  });
  return (
    <Modal isOpen variant="medium" onClose={onDone} aria-labelledby="roll-back-title">
      <ModalHeader
        title="Take the policy one step back"
        labelId="roll-back-title"
        description="The version before comes into force at once, by your word alone. The file stays as it is: an edit of it waits for two people again."
      />
      <ModalBody>
        {back.isError && <Failure error={back.error} />}
        <Plan from={from} to={to} />
      </ModalBody>
      <ModalFooter>
        <Button variant="danger" isDisabled={back.isPending} onClick={() => back.mutate()}>
          Take it back
        </Button>
        <Button variant="link" onClick={onDone}>
          Cancel
        </Button>
      </ModalFooter>
    </Modal>
  );
}

export function RollBack(props: Step & { readonly onChange: () => void }) {
  const { from, to, onChange } = props;
  const may = useMay();
  const [isAsking, setAsking] = useState(false);
  if (!may('roll-back-policy')) return null;
  return (
    <>
      <Button variant="secondary" size="sm" onClick={() => setAsking(true)}>
        One step back
      </Button>
      {isAsking && (
        <Dialog
          from={from}
          to={to}
          onDone={() => {
            setAsking(false);
            onChange();
          }}
        />
      )}
    </>
  );
}
