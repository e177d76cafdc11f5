import { useQuery } from '@tanstack/react-query';
import { useParams, useSearch } from '@tanstack/react-router';
import type { Import } from '@/api/types.ts';
import { ErrorPage } from '@/kit/page/error-page.tsx';
import { Page } from '@/kit/page/page.tsx';
import { Status } from '@/kit/status.tsx';
import { formatBytes } from '@/text/format.ts';
import { t } from '@/text/t.ts';
import { MappingForm } from './mapping-form.tsx';
import { Outcome } from './outcome.tsx';
import { isMoving, importQuery } from './queries.ts';
import { Steps } from './steps.tsx';
import { Working } from './working.tsx';

/** One import from the mapping to the result (IMP-02); its state says which step is next. */
export function ImportPage() {
  const { id } = useParams({ strict: false });
  const { data, error } = useQuery(importQuery(id!));
  if (error) return <ErrorPage error={error} />;
  const crumbs = [{ label: t('nav.imports'), link: { to: '/imports', search: {} } as const }];
  return (
    <Page
      title={data?.file_name ?? '…'}
      crumbs={crumbs}
      help="import"
      aside={
        data && (
          <>
            <Status value={data.state} />
            <span className="dim">{formatBytes(data.size)}</span>
          </>
        )
      }
    >
      {data && <Step record={data} />}
    </Page>
  );
}

function Step({ record }: { record: Import }) {
  const { step } = useSearch({ strict: false });
  const mapping = record.state === 'uploaded' || (step === 'map' && record.state === 'planned');
  return (
    <>
      <Steps state={record.state} mapping={mapping} />
      {mapping && <MappingForm record={record} />}
      {!mapping && isMoving(record.state) && <Working record={record} />}
      {!mapping && !isMoving(record.state) && <Outcome record={record} />}
    </>
  );
}
