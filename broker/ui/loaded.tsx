/** What a query brought, or why it brought nothing. What was loaded once stays on screen when the broker goes away. */
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Failure, Loading } from './failure.tsx';

type Query<T> = Pick<UseQueryResult<T>, 'data' | 'error' | 'isError' | 'refetch'>;

export function Loaded<T>(props: {
  readonly query: Query<T>;
  readonly children: (data: T) => ReactNode;
}) {
  const { data, error, isError, refetch } = props.query;
  const failure = isError && <Failure error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return failure || <Loading />;
  return (
    <>
      {failure}
      {props.children(data)}
    </>
  );
}
