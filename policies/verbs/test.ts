/** `policy test`: runs the sentences of a policy. */
import { runTests, type TestFailure } from '../tests.ts';
import { NO, OK, optionsOf, placeOf, print, readPlant, type Verb } from './verb.ts';

export const testVerb: Verb = {
  usage: 'FILE [--json]',
  does: 'runs the sentences under `tests:`; one without any fails',
  run: (args) => {
    const { values, positionals } = optionsOf(args, { json: { type: 'boolean' } });
    const [file] = positionals;
    const asJson = values.json === true;
    const plant = readPlant(file, asJson);
    if (plant === undefined) return NO;
    const { statements, failures } = runTests(plant);
    // Where nothing was tried, nothing is shown to hold.
    if (statements === 0) {
      const text = `${file}: there is nothing to test: say under \`tests:\` what must be allowed and denied`;
      print(asJson, { statements, failures }, [text]);
      return NO;
    }
    print(asJson, { statements, failures }, [
      ...failures.map(showFailure),
      `${file}: ${statements - failures.length} of ${statements} statements hold`,
    ]);
    return failures.length > 0 ? NO : OK;
  },
};

const showFailure = ({ at, expected, statement, text }: TestFailure): string =>
  `${placeOf(at)}: failed: ${expected} \`${statement}\`: ${text}`;
