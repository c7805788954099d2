/** `policy schema`: the language as a JSON Schema, for editors. */
import { POLICY_SCHEMA } from '../schema.ts';
import { OK, optionsOf, type Verb } from './verb.ts';

export const schemaVerb: Verb = {
  usage: '',
  does: 'the language as a JSON Schema, for editors',
  more: ['# yaml-language-server: $schema=plant.schema.json   as the first line of a policy'],
  run: (args) => {
    optionsOf(args, {});
    process.stdout.write(`${JSON.stringify(POLICY_SCHEMA, undefined, 2)}\n`);
    return OK;
  },
};
