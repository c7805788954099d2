import { Card, CardBody, CardTitle } from '@patternfly/react-core';
import type { ReactNode } from 'react';

/** One titled part of a page. */
export function Panel(props: { readonly title: string; readonly children: ReactNode }) {
  return (
    <Card isCompact className="lk-panel">
      <CardTitle component="h2">{props.title}</CardTitle>
      <CardBody>{props.children}</CardBody>
    </Card>
  );
}
