/** Time left until an instant, told every second, and to screen readers only at the marks that matter. */
import { useEffect, useState } from 'react';
import { span } from './site-time.ts';

/** Milliseconds left at which a screen reader is told: 15 min, 5 min, 1 min, 10 s. */
const MARKS = [900_000, 300_000, 60_000, 10_000];

export function useNow(everyMs = 1000): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

export function Countdown(props: { readonly until: string; readonly over: string }) {
  const now = useNow();
  const left = Date.parse(props.until) - now;
  if (left <= 0) return <span className="lk-countdown">{props.over}</span>;
  const mark = MARKS.find((m) => left <= m && left > m - 1000);
  return (
    <span className="lk-countdown">
      <time dateTime={props.until} title={props.until}>
        {span(left)}
      </time>
      <span className="pf-v6-screen-reader" role="status">
        {mark === undefined ? '' : `${span(left)} left`}
      </span>
    </span>
  );
}
