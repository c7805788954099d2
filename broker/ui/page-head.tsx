/** The top of a page about one thing: the way back to the list, what it is, and how it stands. */
import { Flex, FlexItem, Title } from '@patternfly/react-core';
import type { ReactNode } from 'react';

export function PageHead(props: {
  readonly back: ReactNode;
  readonly title: ReactNode;
  /** A word beside the title. */
  readonly beside?: ReactNode;
  readonly children?: ReactNode;
}) {
  return (
    <header className="lk-head">
      {props.back}
      <Flex>
        <FlexItem>
          <Title headingLevel="h1" size="xl">
            {props.title}
          </Title>
        </FlexItem>
        {props.beside !== undefined && <FlexItem>{props.beside}</FlexItem>}
      </Flex>
      {props.children}
    </header>
  );
}
