import { Button } from '@patternfly/react-core';
import { CheckIcon, CopyIcon } from '@patternfly/react-icons';
import { useEffect, useState } from 'react';

/** Milliseconds for which the button says that it was done. */
const SAID_FOR = 3_000;

/** A line to be copied whole, with a button that says so. */
export function CopyLine(props: { readonly text: string; readonly label: string }) {
  const [copied, setCopied] = useState<boolean>();
  useEffect(() => {
    if (copied === undefined) return;
    const timer = setTimeout(() => setCopied(undefined), SAID_FOR);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async (): Promise<void> => {
    // Browsers offer the clipboard to secure pages alone.
    await navigator.clipboard?.writeText(props.text).then(
      () => setCopied(true),
      () => setCopied(false),
    );
    if (navigator.clipboard === undefined) setCopied(false);
  };
  return (
    <div className="lk-copy">
      <code className="lk-mono">{props.text}</code>
      <Button
        variant="secondary"
        icon={copied === true ? <CheckIcon /> : <CopyIcon />}
        onClick={() => void copy()}
      >
        {props.label}
      </Button>
      <span role="status">
        {copied === true && 'Copied.'}
        {copied === false && 'The browser does not let this page copy: select the line instead.'}
      </span>
    </div>
  );
}
