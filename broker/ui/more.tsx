import { Button } from '@patternfly/react-core';
import type { UseInfiniteQueryResult } from '@tanstack/react-query';

/** The button for the next page of a list; nothing where the list is whole. */
export function More(props: {
  readonly query: Pick<
    UseInfiniteQueryResult,
    'hasNextPage' | 'isFetchingNextPage' | 'fetchNextPage'
  >;
  readonly label: string;
}) {
  const { query, label } = props;
  if (!query.hasNextPage) return null;
  return (
    <div>
      <Button
        variant="link"
        isDisabled={query.isFetchingNextPage}
        onClick={() => void query.fetchNextPage()}
      >
        {label}
      </Button>
    </div>
  );
}
