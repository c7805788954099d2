/** Sending a package: chosen from the disk, watched while it goes, cancelled at any time. */
import { Button, Progress, ProgressMeasureLocation } from '@patternfly/react-core';
import { UploadIcon } from '@patternfly/react-icons';
import { useNavigate } from '@tanstack/react-router';
import { type RefObject, useEffect, useRef, useState } from 'react';
import type { ReleaseView } from '../../api/views-releases.ts';
import { Failure } from '../../ui/failure.tsx';
import { type Upload, upload } from '../../ui/upload.ts';
import { inBytes } from './bytes.ts';

const TAR = 'application/x-tar';

interface Sending {
  readonly file: File;
  readonly sent: number;
}

/** `sending` is undefined while nothing is on its way; leaving the page cancels what is. */
function useUpload(maxBytes: number) {
  const navigate = useNavigate();
  const running = useRef<Upload<ReleaseView>>(undefined);
  const [sending, setSending] = useState<Sending>();
  const [failure, setFailure] = useState<unknown>();
  // Whoever leaves the page cancels: nobody would see what became of it.
  useEffect(() => () => running.current?.cancel(), []);
  const send = async (file: File): Promise<void> => {
    setFailure(undefined);
    if (file.size > maxBytes) {
      setFailure(
        new Error(`${file.name} has ${inBytes(file.size)}; at most ${inBytes(maxBytes)} are taken`),
      );
      return;
    }
    setSending({ file, sent: 0 });
    const path = `/api/releases?name=${encodeURIComponent(file.name.slice(0, 200))}`;
    running.current = upload<ReleaseView>(path, file, TAR, (sent) => setSending({ file, sent }));
    try {
      const { id } = await running.current.done;
      await navigate({ to: '/releases/$id', params: { id } });
    } catch (error) {
      if (!(error instanceof DOMException && error.name === 'AbortError')) setFailure(error);
    } finally {
      running.current = undefined;
      setSending(undefined);
    }
  };
  return { sending, failure, send, cancel: () => running.current?.cancel() };
}

function Going(props: { readonly sending: Sending; readonly onCancel: () => void }) {
  const { file, sent } = props.sending;
  const isSent = sent >= file.size;
  return (
    <div className="lk-upload">
      <Progress
        aria-label="upload"
        title={isSent ? `${file.name} is being verified` : `Sending ${file.name}`}
        value={file.size === 0 ? 100 : Math.floor((100 * Math.min(sent, file.size)) / file.size)}
        measureLocation={ProgressMeasureLocation.outside}
      />
      <Button variant="secondary" size="sm" onClick={props.onCancel}>
        Cancel
      </Button>
    </div>
  );
}

export function UploadPackage(props: {
  readonly maxBytes: number;
  /** The field that opens the browser's file picker; a key of the page does too. */
  readonly field: RefObject<HTMLInputElement | null>;
}) {
  const { sending, failure, send, cancel } = useUpload(props.maxBytes);
  return (
    <div className="lk-before">
      <input
        ref={props.field}
        type="file"
        hidden
        accept=".tar"
        // One at a time; so the key of the page does nothing meanwhile.
        disabled={sending !== undefined}
        aria-label="package"
        onChange={(event) => {
          const [file] = event.currentTarget.files ?? [];
          // The same file may be chosen again.
          event.currentTarget.value = '';
          if (file !== undefined) void send(file);
        }}
      />
      {sending === undefined ? (
        <Button icon={<UploadIcon />} onClick={() => props.field.current?.click()}>
          Upload a package
        </Button>
      ) : (
        <Going sending={sending} onCancel={cancel} />
      )}
      {failure !== undefined && <Failure error={failure} />}
    </div>
  );
}
