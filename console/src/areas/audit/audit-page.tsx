import { Page } from '@/kit/page/page.tsx';
import { t } from '@/text/t.ts';
import { AuditGrid } from './audit-grid.tsx';

export function AuditPage() {
  return (
    <Page title={t('nav.audit')} help="audit" fill>
      <AuditGrid />
    </Page>
  );
}
