import { useDialog } from '@/kit/dialog.ts';
import { DataGrid } from '@/kit/grid/data-grid.tsx';
import { Page } from '@/kit/page/page.tsx';
import { AddButton } from '@/kit/record/record-dialog.tsx';
import { recordLink } from '@/kit/record/links.ts';
import { formatBytes } from '@/text/format.ts';
import { t } from '@/text/t.ts';
import { importable } from './queries.ts';
import { UploadDialog } from './upload-dialog.tsx';

export function ImportsPage() {
  const { dialog, record, close } = useDialog();
  const add = <AddButton name="import" label={t('imports.add')} permission="imports:create" />;
  return (
    <Page title={t('nav.imports')} help="import" fill actions={add}>
      <DataGrid
        list="imports"
        label={t('nav.imports')}
        sort="-created_at"
        nameColumn="file_name"
        link={({ id }) => recordLink('imports', id)!}
        cells={{ size: ({ size }) => formatBytes(size) }}
        refreshEvery={5000}
        empty={{ title: t('imports.empty'), lead: t('imports.empty_lead'), action: add }}
      />
      {dialog === 'import.add' && <UploadDialog object={importable(record)} onClose={close} />}
    </Page>
  );
}
