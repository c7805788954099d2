/** The page that everybody meets first. In the demo, one click signs in as an example person. */
import { Alert, Button } from '@patternfly/react-core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { SignInView } from '../api/views.ts';
import { get, post } from './api.ts';
import { Failure, Loading } from './failure.tsx';

type ExamplePerson = NonNullable<SignInView['people']>[number];

function ExamplePeople(props: {
  readonly people: readonly ExamplePerson[];
  readonly busy: boolean;
  readonly onChoose: (person: string) => void;
}) {
  return (
    <ul className="lk-people" aria-label="example people">
      {props.people.map((person) => (
        <li key={person.id}>
          <Button
            variant="secondary"
            isBlock
            isDisabled={props.busy}
            onClick={() => props.onChoose(person.id)}
          >
            <span className="lk-person">
              <span>{person.name}</span>
              <span>{person.roles.join(', ')}</span>
            </span>
          </Button>
        </li>
      ))}
    </ul>
  );
}

/** `audience` narrows the example people to those this application is for. */
export function SignIn(props: {
  readonly title: string;
  readonly audience: (person: ExamplePerson) => boolean;
}) {
  const client = useQueryClient();
  const options = useQuery({
    queryKey: ['sign-in'],
    queryFn: () => get<SignInView>('/api/sign-in'),
  });
  const choose = useMutation({
    mutationFn: (person: string) => post('/api/sign-in/demo', { person }),
    onSuccess: async () => {
      // What somebody else was shown is not for this person.
      client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'me' });
      await client.resetQueries({ queryKey: ['me'] });
    },
  });
  const people = options.data?.people?.filter(props.audience);
  return (
    <main className="lk-alone">
      <h1 className="lk-title">{props.title}</h1>
      <p>{options.data?.site ?? ''}</p>
      {options.isPending && <Loading />}
      {options.isError && <Failure error={options.error} onRetry={() => void options.refetch()} />}
      {choose.isError && <Failure error={choose.error} />}
      {options.data?.oidc !== undefined && (
        <Button variant="primary" isBlock component="a" href="/api/sign-in/oidc">
          Sign in with {options.data.oidc.name}
        </Button>
      )}
      {people !== undefined && (
        <>
          <Alert
            isInline
            component="p"
            variant="warning"
            title="Demo: one click signs you in as an example person, without a password."
          />
          <ExamplePeople
            people={people}
            busy={choose.isPending}
            onChoose={(person) => choose.mutate(person)}
          />
        </>
      )}
    </main>
  );
}
