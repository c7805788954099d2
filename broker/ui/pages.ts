/** A list of the broker, page by page: what does not fit the first page is one press away, never missing. */
import { useInfiniteQuery } from '@tanstack/react-query';
import type { PageView } from '../api/views.ts';
import { get } from './api.ts';

/** `path` may hold a query already. */
export function usePages<T>(
  key: readonly unknown[],
  path: string,
  options: { readonly refetchInterval?: number } = {},
) {
  const query = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam }) => {
      const cursor = pageParam === undefined ? '' : `cursor=${encodeURIComponent(pageParam)}`;
      const joint = path.includes('?') ? '&' : '?';
      return get<PageView<T>>(cursor === '' ? path : `${path}${joint}${cursor}`);
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next,
    ...options,
  });
  return { query, items: query.data?.pages.flatMap((page) => page.items) ?? [] };
}
