/** Names that Zeek and ICSNPP give to the code points of Modbus. */
import { EXCEPTION_BIT } from '#sensor/decode/modbus/functions.ts';

const FUNCTIONS: ReadonlyMap<number, string> = new Map([
  [1, 'READ_COILS'],
  [2, 'READ_DISCRETE_INPUTS'],
  [3, 'READ_HOLDING_REGISTERS'],
  [4, 'READ_INPUT_REGISTERS'],
  [5, 'WRITE_SINGLE_COIL'],
  [6, 'WRITE_SINGLE_REGISTER'],
  [7, 'READ_EXCEPTION_STATUS'],
  [8, 'DIAGNOSTICS'],
  [9, 'PROGRAM_484'],
  [10, 'POLL_484'],
  [11, 'GET_COMM_EVENT_COUNTER'],
  [12, 'GET_COMM_EVENT_LOG'],
  [13, 'PROGRAM_584_984'],
  [14, 'POLL_584_984'],
  [15, 'WRITE_MULTIPLE_COILS'],
  [16, 'WRITE_MULTIPLE_REGISTERS'],
  [17, 'REPORT_SLAVE_ID'],
  [18, 'PROGRAM_884_U84'],
  [19, 'RESET_COMM_LINK_884_U84'],
  [20, 'READ_FILE_RECORD'],
  [21, 'WRITE_FILE_RECORD'],
  [22, 'MASK_WRITE_REGISTER'],
  [23, 'READ_WRITE_MULTIPLE_REGISTERS'],
  [24, 'READ_FIFO_QUEUE'],
  [40, 'PROGRAM_CONCEPT'],
  [41, 'MULTIPLE_FUNCTION_CODES'],
  [43, 'ENCAP_INTERFACE_TRANSPORT'],
  [90, 'PROGRAM_UNITY'],
  [91, 'OBJECT_MESSAGING'],
  [125, 'FIRMWARE_REPLACEMENT'],
  [126, 'PROGRAM_584_984_2'],
  [127, 'REPORT_LOCAL_ADDRESS'],
]);

const EXCEPTIONS: ReadonlyMap<number, string> = new Map([
  [1, 'ILLEGAL_FUNCTION'],
  [2, 'ILLEGAL_DATA_ADDRESS'],
  [3, 'ILLEGAL_DATA_VALUE'],
  [4, 'SLAVE_DEVICE_FAILURE'],
  [5, 'ACKNOWLEDGE'],
  [6, 'SLAVE_DEVICE_BUSY'],
  [8, 'MEMORY_PARITY_ERROR'],
  [10, 'GATEWAY_PATH_UNAVAILABLE'],
  [11, 'GATEWAY_TARGET_DEVICE_FAILED_TO_RESPOND'],
]);

const SUB_FUNCTIONS: ReadonlyMap<number, string> = new Map([
  [0, 'Return Query Data'],
  [1, 'Restart Communications Option'],
  [2, 'Return Diagnostic Register'],
  [3, 'Change ASCII Input Delimiter'],
  [4, 'Force Listen Only Mode'],
  [10, 'Clear Counters and Diagnostic Register'],
  [11, 'Return Bus Message Count'],
  [12, 'Return Bus Communication Error Count'],
  [13, 'Return Bus Exception Error Count'],
  [14, 'Return Server Message Count'],
  [15, 'Return Server No Response Count'],
  [16, 'Return Server NAK Count'],
  [17, 'Return Server Busy Count'],
  [18, 'Return Bus Character Overrun Count'],
  [20, 'Clear Overrun Counter and Flag'],
]);

/** AP 6.21: levels that a device conforms to. */
const CONFORMITY: ReadonlyMap<number, string> = new Map([
  [0x01, 'Basic Identification (Stream)'],
  [0x02, 'Regular Identification (Stream)'],
  [0x03, 'Extended Identification (Stream)'],
  [0x81, 'Basic Identification (Stream, Individual)'],
  [0x82, 'Regular Identification (Stream, Individual)'],
  [0x83, 'Extended Identification (Stream, Individual)'],
]);

const OBJECTS: ReadonlyMap<number, string> = new Map([
  [0, 'VendorName'],
  [1, 'ProductCode'],
  [2, 'MajorMinorVersion'],
  [3, 'VendorURL'],
  [4, 'ProductName'],
  [5, 'ModelName'],
  [6, 'UserApplicationName'],
]);

const unknown = (code: number): string => `unknown-${code}`;

/** Of a function code as it stands on the wire, the exception bit included. */
export function functionName(code: number): string {
  const plain = FUNCTIONS.get(code & ~EXCEPTION_BIT);
  if (plain === undefined) return unknown(code);
  return code >= EXCEPTION_BIT ? `${plain}_EXCEPTION` : plain;
}

export const exceptionName = (code: number): string => EXCEPTIONS.get(code) ?? unknown(code);
export const subFunctionName = (code: number): string => SUB_FUNCTIONS.get(code) ?? unknown(code);
export const conformityName = (code: number): string => CONFORMITY.get(code) ?? 'Unknown';
export const objectName = (code: number): string => OBJECTS.get(code) ?? 'Unknown';
