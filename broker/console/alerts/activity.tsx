import { Button, Form, FormGroup, TextArea } from '@patternfly/react-core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { AlertView, CommentBody } from '../../api/views.ts';
import { post } from '../../ui/api.ts';
import { Failure } from '../../ui/failure.tsx';
import { SiteTime, useMay } from '../../ui/me.tsx';

function Comment(props: { readonly alert: AlertView; readonly onChange: () => void }) {
  const [text, setText] = useState('');
  const comment = useMutation({
    mutationFn: (body: CommentBody) => post(`/api/alerts/${props.alert.id}/comment`, body),
    onSuccess: () => {
      setText('');
    },
    onSettled: props.onChange,
  });
  return (
    <Form>
      {comment.isError && <Failure error={comment.error} />}
      <FormGroup label="Comment" fieldId="comment">
        <TextArea
          id="comment"
          value={text}
          maxLength={2000}
          resizeOrientation="vertical"
          onChange={(_event, value) => setText(value)}
        />
      </FormGroup>
      <div>
        <Button
          variant="secondary"
          size="sm"
          isDisabled={text.trim() === '' || comment.isPending}
          onClick={() => comment.mutate({ version: props.alert.version, text })}
        >
          Add comment
        </Button>
      </div>
    </Form>
  );
}

/** Who did what, oldest first, and a place to say something. */
export function Activity(props: { readonly alert: AlertView; readonly onChange: () => void }) {
  const { activity } = props.alert;
  const may = useMay();
  return (
    <>
      {activity.length === 0 && <p>Nobody has touched it yet.</p>}
      <ul className="lk-list">
        {activity.map((item) => (
          <li key={`${item.at} ${item.person} ${item.action}`}>
            <SiteTime at={item.at} /> {item.person} {item.action}
            {item.text === undefined ? '' : `: ${item.text}`}
          </li>
        ))}
      </ul>
      {may('comment-alert') && <Comment alert={props.alert} onChange={props.onChange} />}
    </>
  );
}
