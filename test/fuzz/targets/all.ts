/** The program that is fuzzed: all that reads bytes from outside, each with what it promises. */
import type { Target } from '../target.ts';
import { CAPTURE } from './capture.ts';
import { CERTIFICATE } from './certificate.ts';
import { MODBUS_CONVERSATION, OPCUA_CONVERSATION } from './conversation.ts';
import { MODBUS_PDU } from './modbus-pdu.ts';
import { NAMES } from './names.ts';
import { OPCUA_BODY } from './opcua-body.ts';
import { PACKET } from './packet.ts';
import { PIPELINE } from './pipeline.ts';
import { TUNNEL } from './tunnel.ts';

export const TARGETS: readonly Target[] = [
  MODBUS_PDU,
  MODBUS_CONVERSATION,
  OPCUA_BODY,
  OPCUA_CONVERSATION,
  CERTIFICATE,
  PACKET,
  TUNNEL,
  NAMES,
  PIPELINE,
  CAPTURE,
];
