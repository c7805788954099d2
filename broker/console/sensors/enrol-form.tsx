/** A one-time token, with which a new sensor makes itself known. Shown once, here. */
import {
  Button,
  Form,
  FormGroup,
  FormHelperText,
  HelperText,
  HelperTextItem,
  TextInput,
} from '@patternfly/react-core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { post } from '../../ui/api.ts';
import { CopyLine } from '../../ui/copy-line.tsx';
import { Failure } from '../../ui/failure.tsx';
import { SiteTime } from '../../ui/me.tsx';

interface Enrolment {
  readonly token: string;
  readonly expiresAt: string;
}

/** `10.20.1.0/24, 10.20.2.7` as a list. What is no address is the broker's to say. */
function addressesIn(text: string): readonly string[] {
  return text
    .split(/[\s,]+/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** `covers.1` is the second address. */
function labelOf(field: string): string {
  const [name, index] = field.split('.');
  if (name === 'name') return 'Name';
  return index === undefined ? 'Addresses it hears' : `Address ${Number(index) + 1}`;
}

function Token(props: { readonly enrolment: Enrolment }) {
  const { token, expiresAt } = props.enrolment;
  return (
    <>
      <p>
        Run this on the sensor's machine before <SiteTime at={expiresAt} />. It works once, and is
        not shown again.
      </p>
      <CopyLine
        text={`./lockkeeper sensor enrol ${token} --config sensor.yaml`}
        label="Copy the command"
      />
    </>
  );
}

export function EnrolForm() {
  const [name, setName] = useState('');
  const [covers, setCovers] = useState('');
  const enrol = useMutation({
    mutationFn: () =>
      post<Enrolment>('/api/sensors/enrolments', {
        name: name.trim(),
        covers: addressesIn(covers),
      }),
  });
  if (enrol.isSuccess) {
    return (
      <>
        <Token enrolment={enrol.data} />
        <Button
          variant="link"
          className="lk-apart"
          onClick={() => {
            setName('');
            setCovers('');
            enrol.reset();
          }}
        >
          Make a token for another sensor
        </Button>
      </>
    );
  }
  return (
    <Form
      onSubmit={(event) => {
        event.preventDefault();
        enrol.mutate();
      }}
    >
      {enrol.isError && <Failure error={enrol.error} labelOf={labelOf} />}
      <FormGroup label="Name" fieldId="sensor-name" isRequired>
        <TextInput
          id="sensor-name"
          value={name}
          maxLength={60}
          onChange={(_event, value) => setName(value)}
        />
      </FormGroup>
      <FormGroup label="Addresses it hears" fieldId="sensor-covers">
        <TextInput
          id="sensor-covers"
          value={covers}
          onChange={(_event, value) => setCovers(value)}
        />
        <FormHelperText>
          <HelperText>
            <HelperTextItem>
              as 10.20.1.0/24, 10.20.2.7; an emission of the gate to one of them must be heard
            </HelperTextItem>
          </HelperText>
        </FormHelperText>
      </FormGroup>
      <div>
        <Button type="submit" isDisabled={name.trim() === '' || enrol.isPending}>
          Make a token
        </Button>
      </div>
    </Form>
  );
}
