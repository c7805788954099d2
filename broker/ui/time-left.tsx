import type { SessionView } from '../api/views.ts';
import { Countdown, useNow } from './countdown.tsx';

/** What is left of an open session: of its writes, then of its reads. */
export function TimeLeft(props: {
  readonly session: Pick<SessionView, 'notAfter' | 'graceUntil'>;
}) {
  const { notAfter, graceUntil } = props.session;
  const now = useNow();
  if (Date.parse(notAfter) > now) return <Countdown until={notAfter} over="writes have stopped" />;
  return (
    <>
      reads only: <Countdown until={graceUntil} over="over" />
    </>
  );
}
