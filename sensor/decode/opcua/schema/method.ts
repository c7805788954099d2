/**
 * Method service set. OPC 10000-4, 5.12.
 *
 * Of arguments, `call.ts` shows those that can be no secrets. Outputs are hidden: methods
 * hand out keys and tokens (GetSecurityKeys, RequestAccessToken, FinishRequest).
 */
import { request, response, type StructureDefinition, structure } from './definition.ts';

export const METHOD: readonly StructureDefinition[] = [
  structure('CallMethodRequest', 706, 'objectId NodeId, methodId NodeId, inputArguments Variant[]'),
  structure(
    'CallMethodResult',
    709,
    `statusCode StatusCode, inputArgumentResults StatusCode[],
     inputArgumentDiagnosticInfos DiagnosticInfo[], outputArguments Variant[]!`,
  ),
  request('Call', 712, 'methodsToCall CallMethodRequest[]'),
  response('Call', 715, 'results CallMethodResult[], diagnosticInfos DiagnosticInfo[]'),
];
