/** Starts an application: asks who is signed in, shows the sign-in page or the application. */
import '@patternfly/react-core/dist/styles/base.css';
import './lockkeeper.css';
import {
  MutationCache,
  QueryCache,
  QueryClient,
  QueryClientProvider,
  useQuery,
} from '@tanstack/react-query';
import { type ReactNode, StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import type { MeView } from '../api/views.ts';
import { get, Refusal } from './api.ts';
import { Failure, Loading } from './failure.tsx';
import { LiveProvider } from './live.tsx';
import { MeProvider } from './me.tsx';

const ME = ['me'];

const isSignedOut = (error: unknown): boolean => error instanceof Refusal && error.status === 401;

function Gate(props: { readonly signIn: ReactNode; readonly children: ReactNode }) {
  const me = useQuery({ queryKey: ME, queryFn: () => get<MeView>('/api/me'), retry: false });
  if (isSignedOut(me.error)) return props.signIn;
  if (me.data !== undefined) {
    return (
      <MeProvider me={me.data}>
        <LiveProvider>{props.children}</LiveProvider>
      </MeProvider>
    );
  }
  return (
    <main className="lk-alone">
      <h1 className="pf-v6-screen-reader">Lockkeeper</h1>
      {me.isError ? <Failure error={me.error} onRetry={() => void me.refetch()} /> : <Loading />}
    </main>
  );
}

/** A 401 in the middle of work leads to the sign-in page; the address stays, so work goes on after it. */
function queryClient(): QueryClient {
  const onError = (error: unknown): void => {
    if (isSignedOut(error)) void client.invalidateQueries({ queryKey: ME });
  };
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({
      onError: (error, query) => {
        if (query.queryKey[0] !== ME[0]) onError(error);
      },
    }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      // A plant network has no internet: what the browser thinks of being online says nothing.
      mutations: { networkMode: 'always' },
      queries: {
        networkMode: 'always',
        // A refusal is an answer; only a broker that could not be reached is asked once more.
        retry: (count, error) => count < 1 && error instanceof Refusal && error.status === 0,
        refetchOnWindowFocus: true,
        staleTime: 2_000,
      },
    },
  });
  return client;
}

export function start(app: ReactNode, signIn: ReactNode): void {
  const root = document.getElementById('root');
  if (root === null) throw new Error('the page has no #root');
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queryClient()}>
        <Gate signIn={signIn}>{app}</Gate>
      </QueryClientProvider>
    </StrictMode>,
  );
}
