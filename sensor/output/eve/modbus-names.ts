/** Names that Suricata gives to the code points of Modbus in its EVE records. */

interface FunctionNames {
  readonly code: string;
  /** Flags of what it accesses; `NONE` where Suricata names nothing. */
  readonly access: string;
}

const name = (code: string, access = 'NONE'): FunctionNames => ({ code, access });

const FUNCTIONS: ReadonlyMap<number, FunctionNames> = new Map([
  [1, name('RdCoils', 'READ | COILS')],
  [2, name('RdDiscreteInputs', 'READ | DISCRETES')],
  [3, name('RdHoldRegs', 'READ | HOLDING')],
  [4, name('RdInputRegs', 'READ | INPUT')],
  [5, name('WrSingleCoil', 'WRITE | COILS | SINGLE | WRITE_SINGLE')],
  [6, name('WrSingleReg', 'WRITE | HOLDING | SINGLE | WRITE_SINGLE')],
  [7, name('RdExcStatus')],
  [8, name('Diagnostic')],
  [9, name('Program484')],
  [10, name('Poll484')],
  [11, name('GetCommEventCtr')],
  [12, name('GetCommEventLog')],
  [13, name('ProgramController')],
  [14, name('PollController')],
  [15, name('WrMultCoils', 'WRITE | COILS | MULTIPLE | WRITE_MULTIPLE')],
  [16, name('WrMultRegs', 'WRITE | HOLDING | MULTIPLE | WRITE_MULTIPLE')],
  [17, name('ReportServerID')],
  [18, name('Program884')],
  [19, name('ResetCommLink')],
  [20, name('RdFileRec')],
  [21, name('WrFileRec')],
  [22, name('MaskWrReg', 'WRITE | HOLDING')],
  [23, name('RdWrMultRegs', 'READ | WRITE | HOLDING | MULTIPLE | WRITE_MULTIPLE')],
  [24, name('RdFIFOQueue')],
  [43, name('MEI')],
]);

const UNKNOWN: FunctionNames = name('Unknown');

/** Without the exception bit. */
export const functionNames = (code: number): FunctionNames => FUNCTIONS.get(code) ?? UNKNOWN;

/** First code of each range of functions that Suricata does not know by name, highest first. */
const CATEGORIES: readonly (readonly [number, string])[] = [
  [128, 'NONE'],
  [125, 'RESERVED'],
  [111, 'PUBLIC_UNASSIGNED'],
  [100, 'USER_DEFINED'],
  [92, 'PUBLIC_UNASSIGNED'],
  [90, 'RESERVED'],
  [73, 'PUBLIC_UNASSIGNED'],
  [65, 'USER_DEFINED'],
  [43, 'PUBLIC_UNASSIGNED'],
  [41, 'RESERVED'],
  [1, 'PUBLIC_UNASSIGNED'],
  [0, 'NONE'],
];

/** `raw` is the function as on the wire. */
export function category(raw: number): string {
  if (FUNCTIONS.has(raw & 0x7f)) return 'PUBLIC_ASSIGNED';
  return CATEGORIES.find(([first]) => raw >= first)?.[1] ?? 'NONE';
}

const EXCEPTIONS: ReadonlyMap<number, string> = new Map([
  [1, 'IllegalFunction'],
  [2, 'IllegalDataAddr'],
  [3, 'IllegalDataValue'],
  [4, 'ServerDeviceFail'],
  [5, 'Ack'],
  [6, 'ServerDeviceBusy'],
  [7, 'NegAck'],
  [8, 'MemParityErr'],
  [10, 'GatewayPathUnavailable'],
  [11, 'GatewayTargetFailToResp'],
]);

export const exceptionName = (code: number): string => EXCEPTIONS.get(code) ?? 'Unknown';

const DIAGNOSTICS: ReadonlyMap<number, string> = new Map([
  [0, 'RetQueryData'],
  [1, 'RestartCommOpt'],
  [2, 'RetDiagReg'],
  [3, 'ChangeInputDelimiter'],
  [4, 'ForceListenOnlyMode'],
  [10, 'ClearCtrDiagReg'],
  [11, 'RetBusMsgCount'],
  [12, 'RetBusCommErrCount'],
  [13, 'RetBusExcErrCount'],
  [14, 'RetServerMsgCount'],
  [15, 'RetServerNoRespCount'],
  [16, 'RetServerNAKCount'],
  [17, 'RetServerBusyCount'],
  [18, 'RetBusCharOverrunCount'],
  [19, 'RetOverrunErrCount'],
  [20, 'ClearOverrunCounterFlag'],
  [21, 'GetClearPlusStats'],
]);

export const diagnosticName = (code: number): string => DIAGNOSTICS.get(code) ?? 'Reserved';

export const meiName = (code: number): string =>
  code === 13 ? 'CANOpenGenRefReqResp' : code === 14 ? 'RdDevId' : 'Unknown';
