/**
 * Sends a file as it lies on the disk, with its progress. By XMLHttpRequest: `fetch` says nothing about what
 * it has sent, and streams a body over HTTP/2 alone.
 */
import { answered, unreachable } from './api.ts';

export interface Upload<T> {
  /** Rejects with `Refusal`; with an AbortError where it was cancelled. */
  readonly done: Promise<T>;
  cancel(): void;
}

/** `onSent` is told the bytes that are on their way; the answer comes later. */
export function upload<T>(
  path: string,
  file: File,
  type: string,
  onSent: (bytes: number) => void,
): Upload<T> {
  const request = new XMLHttpRequest();
  const ended = new Promise<Response>((resolve, reject) => {
    request.onload = () => resolve(new Response(request.responseText, { status: request.status }));
    request.onerror = () => reject(unreachable(new Error('the connection broke')));
    request.onabort = () => reject(new DOMException('cancelled', 'AbortError'));
  });
  request.upload.onprogress = ({ loaded }) => onSent(loaded);
  request.open('POST', path);
  request.setRequestHeader('content-type', type);
  request.send(file);
  return { done: ended.then((response) => answered<T>(response)), cancel: () => request.abort() };
}
