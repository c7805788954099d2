/** Versions are told apart by their first digits; the whole of one is shown on hover. */
const SHOWN_DIGITS = 12;

export function Version(props: { readonly version: string }) {
  const { version } = props;
  return (
    <span className="lk-mono" title={version}>
      {version.slice(0, SHOWN_DIGITS)}
    </span>
  );
}
