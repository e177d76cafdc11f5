import { Button, Group, Progress, Select, Stack } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { IconFileUpload } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { base } from '@/api/client.ts';
import { describeError } from '@/kit/feedback/toast.tsx';
import { FormDialog } from '@/kit/form/form-dialog.tsx';
import { formatBytes } from '@/text/format.ts';
import { t } from '@/text/t.ts';
import classes from './upload-dialog.module.css';
import { importables, type Importable } from './queries.ts';
import { uploadFile } from './upload.ts';

const samples = ['csv', 'xlsx', 'json', 'ndjson'];

interface UploadDialogProps {
  /** What the file brings, until somebody chooses something else. */
  object: Importable;
  onClose: () => void;
}

/** The first step: a file, as it is. */
export function UploadDialog({ object: suggested, onClose }: UploadDialogProps) {
  const navigate = useNavigate();
  const [object, setObject] = useState(suggested);
  const [file, setFile] = useState<File | null>(null);
  const [share, setShare] = useState(0);
  const [over, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const stop = useRef(new AbortController());
  const upload = useMutation({
    mutationFn: (chosen: File) => uploadFile(object, chosen, setShare, stop.current.signal),
    onSuccess: ({ id }) => void navigate({ to: '/imports/$id', params: { id }, search: {} }),
  });
  const choose = (chosen: File | null | undefined) => {
    if (!chosen) return;
    setFile(chosen);
    setShare(0);
    upload.mutate(chosen);
  };
  const cancel = () => {
    stop.current.abort();
    onClose();
  };
  return (
    <FormDialog help="import" title={t('imports.add')} onClose={cancel}>
      <Stack gap={14} p={20}>
        {upload.error && (
          <p className={classes.failed} role="alert">
            {describeError(upload.error)}
          </p>
        )}
        <Select
          label={t('imports.object')}
          data={importables.map((name) => ({ value: name, label: t(`imports.object.${name}`) }))}
          value={object}
          onChange={(chosen) => setObject(importables.find((name) => name === chosen) ?? object)}
          allowDeselect={false}
          disabled={upload.isPending}
        />
        <button
          type="button"
          data-autofocus
          className={classes.drop}
          data-over={over || undefined}
          disabled={upload.isPending}
          onClick={() => input.current?.click()}
          onDragOver={(event) => {
            event.preventDefault();
            setOver(true);
          }}
          onDragLeave={() => setOver(false)}
          onDrop={(event) => {
            event.preventDefault();
            setOver(false);
            choose(event.dataTransfer.files[0]);
          }}
        >
          <IconFileUpload size={28} stroke={1.5} aria-hidden />
          <strong>{t('imports.drop')}</strong>
          <span>{t('imports.formats')}</span>
        </button>
        <input
          ref={input}
          type="file"
          hidden
          accept=".csv,.tsv,.txt,.xlsx,.json,.ndjson,.jsonl,text/csv,application/json,application/x-ndjson"
          aria-label={t('imports.drop')}
          onChange={(event) => choose(event.currentTarget.files?.[0])}
        />
        {file && upload.isPending && (
          <div>
            <Group justify="space-between">
              <span>{file.name}</span>
              <span className="dim">{formatBytes(file.size)}</span>
            </Group>
            <Progress value={share * 100} mt={6} size={6} aria-label={t('imports.uploading')} />
          </div>
        )}
        <Group justify="space-between">
          <Group gap={8} component="span">
            {t('imports.sample')}
            {samples.map((format) => (
              <a key={format} href={`${base}/imports/sample/${object}.${format}`} download>
                {format.toUpperCase()}
              </a>
            ))}
          </Group>
          <Button variant="default" onClick={cancel}>
            {t('action.cancel')}
          </Button>
        </Group>
      </Stack>
    </FormDialog>
  );
}
