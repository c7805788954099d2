/** Severity as a word with an icon: never by colour alone. */
import { Label, type LabelProps } from '@patternfly/react-core';
import {
  ExclamationCircleIcon,
  ExclamationTriangleIcon,
  InfoCircleIcon,
} from '@patternfly/react-icons';
import type { ReactNode } from 'react';

interface Look {
  readonly status: NonNullable<LabelProps['status']>;
  readonly icon: ReactNode;
  readonly word: string;
  /** Drawn light, so that it does not weigh as much as what is worse. */
  readonly outline?: boolean;
}

const LOOKS: Readonly<Record<'critical' | 'high' | 'medium' | 'low', Look>> = {
  critical: { status: 'danger', icon: <ExclamationCircleIcon />, word: 'Critical' },
  high: { status: 'warning', icon: <ExclamationTriangleIcon />, word: 'High' },
  medium: { status: 'custom', icon: <ExclamationTriangleIcon />, word: 'Medium', outline: true },
  low: { status: 'info', icon: <InfoCircleIcon />, word: 'Low', outline: true },
};

/** 90 and more is critical, 70 high, 40 medium; the rest is low. `points` is 0..100. */
function severityWord(points: number): keyof typeof LOOKS {
  if (points >= 90) return 'critical';
  if (points >= 70) return 'high';
  return points >= 40 ? 'medium' : 'low';
}

export function Severity(props: { readonly points: number }) {
  const { status, icon, word, outline } = LOOKS[severityWord(props.points)];
  return (
    <Label
      status={status}
      variant={outline === true ? 'outline' : 'filled'}
      icon={icon}
      isCompact
      title={`severity ${props.points} of 100`}
    >
      {word}
    </Label>
  );
}
