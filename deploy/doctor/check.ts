/** What a check of this machine answers, and how it is told to people. */

export interface Finding {
  readonly subject: string;
  /** `weak`: Lockkeeper runs, with less; `missing`: the part named does not work. */
  readonly verdict: 'ok' | 'weak' | 'missing';
  readonly text: string;
  /** The command that mends it. */
  readonly mend?: string;
}

const MARKS = { ok: 'ok     ', weak: 'weak   ', missing: 'MISSING' } as const;

/** One line a finding, with the mending command below it. */
export function report(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map((f) => f.subject.length));
  return findings
    .map(({ subject, verdict, text, mend }) => {
      const line = `${MARKS[verdict]}  ${subject.padEnd(width)}  ${text}`;
      return mend === undefined ? line : `${line}\n${' '.repeat(width + 11)}run: ${mend}`;
    })
    .join('\n');
}
