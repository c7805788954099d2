/** What went wrong, in the broker's words, and what to do. */
import {
  Alert,
  AlertActionLink,
  EmptyState,
  EmptyStateBody,
  Spinner,
} from '@patternfly/react-core';
import { Refusal } from './api.ts';
import { Words } from './words.tsx';

function words(error: unknown): { readonly title: string; readonly fields: Refusal['fields'] } {
  if (error instanceof Refusal) {
    const title =
      error.code === 'conflict'
        ? 'Somebody else was first. This is how it stands now; please look once more.'
        : error.message;
    return { title, fields: error.fields };
  }
  return { title: error instanceof Error ? error.message : String(error), fields: [] };
}

export function Failure(props: {
  readonly error: unknown;
  readonly onRetry?: () => void;
  /** What a form calls the field that the API names; absent = as the API does. */
  readonly labelOf?: (field: string) => string;
}) {
  const { labelOf = (field) => field } = props;
  const { title, fields } = words(props.error);
  return (
    <div role="alert">
      <Alert
        variant="danger"
        component="p"
        isInline
        title={<Words text={title} />}
        actionLinks={
          props.onRetry && <AlertActionLink onClick={props.onRetry}>Try again</AlertActionLink>
        }
      >
        {fields.length > 0 && (
          <ul className="lk-list">
            {fields.map((f) => (
              <li key={`${f.field} ${f.message}`}>
                {labelOf(f.field)}: <Words text={f.message} />
              </li>
            ))}
          </ul>
        )}
      </Alert>
    </div>
  );
}

export function Loading() {
  return <Spinner aria-label="loading" size="lg" />;
}

export function Nothing(props: { readonly title: string; readonly text: string }) {
  return (
    <EmptyState titleText={props.title} headingLevel="h2" variant="xs">
      <EmptyStateBody>{props.text}</EmptyStateBody>
    </EmptyState>
  );
}
