/**
 * Confirms the short code that `lockkeeper connect` shows: only then does the command on that machine
 * get in. A link may bring the code here, so the person is asked to compare it with their own terminal:
 * somebody else's link would let somebody else's terminal in (RFC 8628, 5.4).
 */
import {
  Alert,
  Button,
  DescriptionList,
  Flex,
  Form,
  FormGroup,
  TextInput,
  Title,
} from '@patternfly/react-core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { DeviceView, RefuseDeviceBody } from '../../api/views.ts';
import { get, post, Refusal } from '../../ui/api.ts';
import { Countdown } from '../../ui/countdown.tsx';
import { Described } from '../../ui/described.tsx';
import { Failure, Loading } from '../../ui/failure.tsx';

const pathOf = (code: string): string => `/api/connect/${encodeURIComponent(code)}`;

function Compare(props: { readonly device: DeviceView; readonly onRefused: () => void }) {
  const { device } = props;
  const confirm = useMutation({ mutationFn: () => post(`${pathOf(device.code)}/confirm`) });
  const refuse = useMutation({
    mutationFn: (why: RefuseDeviceBody) => post(`${pathOf(device.code)}/refuse`, why),
    onSuccess: props.onRefused,
  });
  if (confirm.isSuccess) {
    return (
      <Alert
        isInline
        component="p"
        variant="success"
        title="Confirmed. Go back to the terminal: it connects now."
      />
    );
  }
  if (device.hindrance !== undefined) {
    return (
      <div className="lk-page lk-form">
        {refuse.isError && <Failure error={refuse.error} />}
        <Alert
          isInline
          component="p"
          variant="danger"
          title={`${device.asset} cannot be connected to now: ${device.hindrance}`}
        />
        <div>
          <Button
            variant="secondary"
            isDisabled={refuse.isPending}
            onClick={() => refuse.mutate({ hindered: true })}
          >
            Tell the terminal, which waits
          </Button>
        </div>
      </div>
    );
  }
  return (
    <div className="lk-page lk-form">
      {confirm.isError && <Failure error={confirm.error} />}
      {refuse.isError && <Failure error={refuse.error} />}
      <p>
        Somebody runs <span className="lk-mono">lockkeeper connect</span> and asks to be let in{' '}
        <strong>in your name</strong>. Compare with your own terminal:
      </p>
      <DescriptionList isHorizontal isCompact className="lk-facts">
        <Described term="It shows the code">
          <strong className="lk-code">{device.code}</strong>
        </Described>
        <Described term="It stands at">
          <span className="lk-mono">{device.from}</span>
        </Described>
        <Described term="It gets in to">{device.asset}</Described>
        <Described term="The code is good for">
          <Countdown until={device.expiresAt} over="no longer" />
        </Described>
      </DescriptionList>
      <p>
        If you did not start it yourself just now, or the code is another one, do not confirm,
        however you came to this page.
      </p>
      <Flex>
        <Button isDisabled={confirm.isPending || refuse.isPending} onClick={() => confirm.mutate()}>
          Yes, this is my terminal
        </Button>
        <Button
          variant="secondary"
          isDisabled={confirm.isPending || refuse.isPending}
          onClick={() => refuse.mutate({})}
        >
          No
        </Button>
      </Flex>
    </div>
  );
}

function Ask(props: {
  readonly typed: string;
  readonly onType: (code: string) => void;
  readonly onSubmit: () => void;
}) {
  const { typed } = props;
  return (
    <Form
      className="lk-form"
      onSubmit={(event) => {
        event.preventDefault();
        props.onSubmit();
      }}
    >
      <FormGroup label="Code in the terminal" fieldId="code" isRequired>
        <TextInput
          id="code"
          className="lk-mono"
          value={typed}
          maxLength={12}
          autoComplete="off"
          onChange={(_event, value) => props.onType(value)}
        />
      </FormGroup>
      <div>
        <Button type="submit" isDisabled={typed.trim() === ''}>
          Continue
        </Button>
      </div>
    </Form>
  );
}

const isUnknown = (error: unknown): boolean => error instanceof Refusal && error.status === 404;

/** Keyed by `code`: another link is another question. */
export function Confirm(props: { readonly code: string }) {
  const [typed, setTyped] = useState(props.code);
  const [code, setCode] = useState(props.code);
  const [refused, setRefused] = useState(false);
  const query = useQuery({
    queryKey: ['device', code],
    queryFn: () => get<DeviceView>(pathOf(code)),
    enabled: code !== '',
    retry: false,
  });
  const again = (): void => {
    setRefused(false);
    const wanted = typed.trim().toUpperCase();
    if (wanted === code) void query.refetch();
    else setCode(wanted);
  };
  const isAsked = code !== '' && !refused && query.data !== undefined;
  return (
    <div className="lk-page">
      <Title headingLevel="h1">Connect a terminal</Title>
      {refused && (
        <Alert
          isInline
          component="p"
          variant="info"
          title="Nothing was opened, and the terminal is told so. If you did not start it yourself, tell the site."
        />
      )}
      {query.isError &&
        (isUnknown(query.error) ? (
          <Alert
            isLiveRegion
            isInline
            component="p"
            variant="danger"
            title="This code is not known, or no longer good: a code lasts ten minutes and works once. Look at the terminal and type it again."
          />
        ) : (
          <Failure error={query.error} onRetry={() => void query.refetch()} />
        ))}
      {query.isLoading && <Loading />}
      {isAsked ? (
        <Compare device={query.data} onRefused={() => setRefused(true)} />
      ) : (
        <Ask typed={typed} onType={setTyped} onSubmit={again} />
      )}
    </div>
  );
}
