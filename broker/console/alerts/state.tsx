import { Label } from '@patternfly/react-core';
import type { AlertRowView } from '../../api/views.ts';

const LOOKS = { new: 'warning', acknowledged: 'info', closed: 'success' } as const;

/** Where an alert stands and in whose hands. */
export function AlertState(props: { readonly alert: AlertRowView }) {
  const { status, assignee, assigneeName } = props.alert;
  return (
    <>
      <Label isCompact variant="outline" status={LOOKS[status]}>
        {status}
      </Label>
      {assignee !== undefined && ` ${assigneeName ?? assignee}`}
    </>
  );
}
