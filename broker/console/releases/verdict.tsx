/** A verdict as a word with an icon: never by colour alone. */
import { Label } from '@patternfly/react-core';
import { BanIcon, CheckCircleIcon, PauseCircleIcon } from '@patternfly/react-icons';
import type { ReleaseRowView } from '../../api/views-releases.ts';

const LOOKS = {
  allow: { status: 'success', icon: <CheckCircleIcon />, word: 'allowed' },
  hold: { status: 'warning', icon: <PauseCircleIcon />, word: 'on hold' },
  deny: { status: 'danger', icon: <BanIcon />, word: 'denied' },
} as const;

export function Verdict(props: { readonly verdict: ReleaseRowView['verdict'] }) {
  const { status, icon, word } = LOOKS[props.verdict];
  return (
    <Label isCompact status={status} icon={icon}>
      {word}
    </Label>
  );
}
