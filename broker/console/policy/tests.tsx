/** The sentences that the policy carries with itself; a policy in which one fails does not come into force. */
import { ExpandableSection, Label } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useState } from 'react';
import type { PolicyTestView } from '../../api/views-policy.ts';
import { Words } from '../../ui/words.tsx';

function Sentence(props: { readonly sentence: PolicyTestView['sentences'][number] }) {
  const { expected, text, failure } = props.sentence;
  return (
    <li>
      {expected === 'allow' ? 'may' : 'may not'} <span className="lk-mono">{text}</span>{' '}
      {failure === undefined ? (
        ''
      ) : (
        <>
          <Label isCompact status="danger">
            fails
          </Label>{' '}
          <Words text={failure} />
        </>
      )}
    </li>
  );
}

function TestTable(props: { readonly tests: readonly PolicyTestView[] }) {
  return (
    <Table aria-label="tests" variant="compact">
      <Thead>
        <Tr>
          <Th modifier="fitContent">Line</Th>
          <Th width={30}>Who, on what</Th>
          <Th>Sentences</Th>
          <Th modifier="fitContent">Result</Th>
        </Tr>
      </Thead>
      <Tbody>
        {props.tests.map((test) => {
          const failed = test.sentences.filter(({ failure }) => failure !== undefined).length;
          return (
            <Tr key={test.line}>
              <Td dataLabel="Line">{test.line}</Td>
              <Td dataLabel="Who, on what" modifier="breakWord">
                <div>
                  {test.as} on {test.on}
                </div>
                {test.grant !== undefined && <div className="lk-dim">under {test.grant}</div>}
              </Td>
              <Td dataLabel="Sentences" modifier="breakWord">
                <ul className="lk-list">
                  {test.sentences.map((sentence) => (
                    <Sentence key={`${sentence.expected} ${sentence.text}`} sentence={sentence} />
                  ))}
                </ul>
              </Td>
              <Td dataLabel="Result">
                <Label isCompact status={failed === 0 ? 'success' : 'danger'}>
                  {failed === 0 ? 'holds' : `${failed} fail`}
                </Label>
              </Td>
            </Tr>
          );
        })}
      </Tbody>
    </Table>
  );
}

export function Tests(props: { readonly tests: readonly PolicyTestView[] }) {
  const sentences = props.tests.flatMap((test) => test.sentences);
  const failed = sentences.filter(({ failure }) => failure !== undefined).length;
  const [open, setOpen] = useState(failed > 0);
  if (sentences.length === 0) return <p>The policy carries no tests.</p>;
  return (
    <>
      <p>
        {failed === 0
          ? `All ${sentences.length} sentences hold.`
          : `${failed} of ${sentences.length} sentences fail.`}
      </p>
      <ExpandableSection
        toggleText={open ? 'Hide the sentences' : 'Show the sentences'}
        isExpanded={open}
        onToggle={(_event, wanted) => setOpen(wanted)}
      >
        <TestTable tests={props.tests} />
      </ExpandableSection>
    </>
  );
}
