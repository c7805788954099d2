/** The request form, built from what the policy lets this vendor ask for, and nothing else. */
import {
  ActionGroup,
  Alert,
  Button,
  Checkbox,
  Form,
  FormGroup,
  FormHelperText,
  FormSelect,
  FormSelectOption,
  HelperText,
  HelperTextItem,
  TextArea,
  TextInput,
  Title,
} from '@patternfly/react-core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { EntryView, PageView, RequestView, SubmitBody } from '../../api/views.ts';
import { get, post } from '../../ui/api.ts';
import { Failure, Nothing } from '../../ui/failure.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { useMe } from '../../ui/me.tsx';
import { duration } from '../../ui/site-time.ts';
import { type Draft, draftFault, draftFor, labelOf, labelsOf, submission } from './draft.ts';
import { OperationFields } from './operation-fields.tsx';

type Change = (part: Partial<Draft>) => void;

function When(props: {
  readonly draft: Draft;
  readonly entry: EntryView;
  readonly change: Change;
}) {
  const { draft, entry, change } = props;
  const { timeZone } = useMe();
  const labels = labelsOf(entry);
  return (
    <>
      <div className="lk-pair">
        <FormGroup label={`${labels.notBefore} (${timeZone})`} fieldId="from" isRequired>
          <TextInput
            id="from"
            type="datetime-local"
            value={draft.from}
            onChange={(_event, from) => change({ from })}
          />
        </FormGroup>
        <FormGroup label={`${labels.notAfter} (${timeZone})`} fieldId="until" isRequired>
          <TextInput
            id="until"
            type="datetime-local"
            value={draft.until}
            onChange={(_event, until) => change({ until })}
          />
          <FormHelperText>
            <HelperText>
              <HelperTextItem>
                at most {duration(entry.limits.max / 1000)}
                {entry.windows.length === 0 ? '' : `; only ${entry.windows.join(', ')}`}
              </HelperTextItem>
            </HelperText>
          </FormHelperText>
        </FormGroup>
      </div>
      {entry.limits.readGrace > 0 && (
        <Checkbox
          id="grace"
          label={labels.readGrace}
          isChecked={draft.readGrace}
          onChange={(_event, readGrace) => change({ readGrace })}
        />
      )}
    </>
  );
}

function Why(props: { readonly draft: Draft; readonly entry: EntryView; readonly change: Change }) {
  const { draft, entry, change } = props;
  const labels = labelsOf(entry);
  return (
    <>
      <FormGroup label={`${labels.purpose}?`} fieldId="purpose" isRequired>
        <TextArea
          id="purpose"
          value={draft.purpose}
          maxLength={2000}
          resizeOrientation="vertical"
          onChange={(_event, purpose) => change({ purpose })}
        />
      </FormGroup>
      <FormGroup label={labels.ticket} fieldId="ticket">
        <TextInput
          id="ticket"
          value={draft.ticket}
          maxLength={100}
          onChange={(_event, ticket) => change({ ticket })}
        />
      </FormGroup>
    </>
  );
}

function EntryForm(props: { readonly entry: EntryView }) {
  const { entry } = props;
  const { timeZone } = useMe();
  const navigate = useNavigate();
  const [draft, setDraft] = useState(() => draftFor(entry, new Date(), timeZone));
  const fault = draftFault(draft, entry);
  const labels = labelsOf(entry);
  const submit = useMutation({
    mutationFn: (body: SubmitBody) => post<RequestView>('/api/requests', body),
    onSuccess: (request) => navigate({ to: '/requests/$id', params: { id: request.id } }),
  });
  const change: Change = (part) => {
    setDraft((before) => ({ ...before, ...part }));
    // What was refused is not what stands there now.
    submit.reset();
  };
  return (
    <Form className="lk-form">
      <FormGroup label={labels.asset} fieldId="asset" isRequired>
        <FormSelect id="asset" value={draft.asset} onChange={(_event, asset) => change({ asset })}>
          {entry.targets.map((target) => (
            <FormSelectOption
              key={target.id}
              value={target.id}
              label={`${target.name} (${target.id}, zone ${target.zone})`}
            />
          ))}
        </FormSelect>
      </FormGroup>
      <FormGroup
        role="group"
        label={labels.operations}
        fieldId="operations"
        isRequired
        className="lk-choices"
      >
        {entry.mayRequest.map((allowance, index) => (
          <OperationFields
            key={allowance.text}
            index={index}
            allowance={allowance}
            typed={draft.operations[index] ?? { wanted: false, first: '', last: '' }}
            onChange={(typed) =>
              change({ operations: draft.operations.map((o, i) => (i === index ? typed : o)) })
            }
          />
        ))}
      </FormGroup>
      <When draft={draft} entry={entry} change={change} />
      <Why draft={draft} entry={entry} change={change} />
      <Alert
        isInline
        isPlain
        component="p"
        variant="info"
        title={`Needs ${entry.quorum} approvals by ${entry.approvers.join(' or ')}. Everything you do in the session is recorded in words.`}
      />
      {submit.isError && (
        <Failure error={submit.error} labelOf={(field) => labelOf(field, draft, entry)} />
      )}
      <ActionGroup>
        <Button
          isDisabled={fault !== undefined || submit.isPending}
          onClick={() => submit.mutate(submission(draft, entry, timeZone))}
        >
          Ask for access
        </Button>
        <span role="status">{fault ?? ''}</span>
      </ActionGroup>
    </Form>
  );
}

/** One entry of the policy at a time; most vendors have only one. */
function Entries(props: { readonly entries: readonly EntryView[] }) {
  const { entries } = props;
  const [chosen, setChosen] = useState<string>();
  const entry = entries.find((e) => e.id === chosen) ?? entries[0];
  if (entry === undefined) {
    return (
      <Nothing
        title="Nothing to ask for"
        text="The plant policy has no access entry for your company. Talk to the site."
      />
    );
  }
  return (
    <>
      {entries.length > 1 && (
        <FormSelect
          className="lk-form"
          aria-label={labelsOf(entry).entry}
          value={entry.id}
          onChange={(_event, id) => setChosen(id)}
        >
          {entries.map((e) => (
            <FormSelectOption key={e.id} value={e.id} label={`${e.id}: ${e.why}`} />
          ))}
        </FormSelect>
      )}
      <p>{entry.why}</p>
      <EntryForm key={entry.id} entry={entry} />
    </>
  );
}

export function RequestForm() {
  const query = useQuery({
    queryKey: ['entries'],
    queryFn: () => get<PageView<EntryView>>('/api/entries'),
  });
  return (
    <div className="lk-page">
      <Title headingLevel="h1">Ask for access</Title>
      <Loaded query={query}>{({ items }) => <Entries entries={items} />}</Loaded>
    </div>
  );
}
