/** Taking an alert and closing it, by button or by key. */
import { Button, Flex } from '@patternfly/react-core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { AlertView } from '../../api/views.ts';
import { post } from '../../ui/api.ts';
import { Failure } from '../../ui/failure.tsx';
import { useKeys } from '../../ui/keys.ts';
import { useMay, useMe } from '../../ui/me.tsx';
import { CloseDialog } from './close-dialog.tsx';
import { Packets } from './evidence.tsx';

/** Id of the heading, which takes the focus when a dialog has closed. */
export const HEADING = 'alert-heading';

export function Actions(props: { readonly alert: AlertView; readonly onChange: () => void }) {
  const { alert, onChange } = props;
  const may = useMay();
  const me = useMe();
  const [closing, setClosing] = useState(false);
  const acknowledge = useMutation({
    mutationFn: () => post(`/api/alerts/${alert.id}/acknowledge`, { version: alert.version }),
    onSettled: onChange,
  });
  // Also from somebody else: shifts end, and the next one takes over.
  const isMine = alert.assignee === me.person.id;
  const mayTake = alert.status !== 'closed' && !isMine && may('acknowledge-alert');
  const take =
    alert.assignee === undefined
      ? 'Take it (a)'
      : `Take over from ${alert.assigneeName ?? alert.assignee} (a)`;
  const mayClose = alert.status !== 'closed' && may('close-alert');
  useKeys({
    a: () => mayTake && acknowledge.mutate(),
    c: () => mayClose && setClosing(true),
  });
  return (
    <>
      {acknowledge.isError && <Failure error={acknowledge.error} />}
      <Flex>
        {mayTake && <Button onClick={() => acknowledge.mutate()}>{take}</Button>}
        {mayClose && (
          <Button variant="secondary" onClick={() => setClosing(true)}>
            Close with a reason (c)
          </Button>
        )}
        <Packets alert={alert} />
      </Flex>
      {closing && (
        <CloseDialog
          alert={alert}
          onClosed={onChange}
          onConflict={onChange}
          onDone={() => {
            setClosing(false);
            // The button that opened it may be gone.
            document.getElementById(HEADING)?.focus();
          }}
        />
      )}
    </>
  );
}
