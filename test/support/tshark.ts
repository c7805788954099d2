import { spawnSync } from 'node:child_process';

const MAX_OUTPUT = 1_073_741_824;

/** False, with one visible line, where tshark is not installed. */
export function haveTshark(): boolean {
  const have = spawnSync('tshark', ['--version']).status === 0;
  if (!have) console.log('tshark is not here: its decode is not compared');
  return have;
}

/** `fields` of each packet of a capture that `filter` takes; several values of one field joined by `|`. `opcua`: a port that speaks it. */
export function tsharkRows(
  file: string,
  filter: string,
  fields: readonly string[],
  opcua?: number,
): readonly (readonly string[])[] {
  const wanted = fields.flatMap((field) => ['-e', field]);
  const decode = opcua === undefined ? [] : ['-d', `tcp.port==${opcua},opcua`];
  const { stdout, error } = spawnSync(
    'tshark',
    ['-n', '-r', file, ...decode, '-Y', filter, '-T', 'fields', '-E', 'aggregator=|', ...wanted],
    // Of a capture that is cut, its exit code is not 0 and its rows are right.
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: MAX_OUTPUT },
  );
  if (error !== undefined) throw error;
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t'));
}

/** Frame number, transaction and function of each Modbus message, as tshark reads the file. */
export function tsharkModbus(file: string): readonly string[] {
  const fields = ['frame.number', 'mbtcp.trans_id', 'modbus.func_code'];
  return tsharkRows(file, 'mbtcp', fields)
    .flatMap(([frame, transactions = '', functions = '']) => {
      const codes = functions.split('|');
      return transactions.split('|').map((id, i) => `${frame} ${id} ${codes[i]}`);
    })
    .sort();
}
