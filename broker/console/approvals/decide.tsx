/** Approve, approve less, or deny: bound to exactly what is shown. */
import { Alert, Button, Flex, Form, FormGroup, TextArea } from '@patternfly/react-core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { RequestView } from '../../api/views.ts';
import { post } from '../../ui/api.ts';
import { Failure } from '../../ui/failure.tsx';
import { Words } from '../../ui/words.tsx';
import { NarrowDialog } from './narrow-dialog.tsx';

const notYours = ({ hasApproved, because }: RequestView['mayDecide']): string =>
  hasApproved ? 'You have approved this.' : `You cannot decide this: ${because}`;

export function Decide(props: { readonly request: RequestView; readonly onChange: () => void }) {
  const { request, onChange } = props;
  const [comment, setComment] = useState('');
  const [narrowing, setNarrowing] = useState(false);
  const path = `/api/requests/${encodeURIComponent(request.id)}`;
  const decide = useMutation({
    mutationFn: (verdict: 'approve' | 'deny') =>
      verdict === 'approve'
        ? post(`${path}/approve`, { version: request.version, hash: request.hash, comment })
        : post(`${path}/deny`, { version: request.version, reason: comment }),
    onSettled: onChange,
  });
  if (request.state !== 'pending') return null;
  if (!request.mayDecide.allowed) {
    return (
      <Alert
        isInline
        component="p"
        variant="info"
        className="lk-apart"
        title={<Words text={notYours(request.mayDecide)} />}
      />
    );
  }
  return (
    <>
      {decide.isError && <Failure error={decide.error} />}
      <Form className="lk-apart">
        <FormGroup label="Comment (a reason, if you deny)" fieldId="decide-comment">
          <TextArea
            id="decide-comment"
            value={comment}
            maxLength={2000}
            resizeOrientation="vertical"
            onChange={(_event, value) => setComment(value)}
          />
        </FormGroup>
        <Flex>
          <Button isDisabled={decide.isPending} onClick={() => decide.mutate('approve')}>
            Approve exactly this
          </Button>
          <Button variant="secondary" onClick={() => setNarrowing(true)}>
            Approve less
          </Button>
          <Button
            variant="danger"
            isDisabled={comment.trim() === '' || decide.isPending}
            onClick={() => decide.mutate('deny')}
          >
            Deny
          </Button>
        </Flex>
      </Form>
      {narrowing && (
        <NarrowDialog
          request={request}
          onDone={() => {
            setNarrowing(false);
            onChange();
          }}
        />
      )}
    </>
  );
}
