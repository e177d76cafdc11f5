import type { TabGroup } from '@/kit/record/record-page.tsx';
import { t } from '@/text/t.ts';
import { AuditGrid } from './audit-grid.tsx';

/** The history of one record as the last tab of its page. */
export function historyGroup(objectId: string): TabGroup {
  const content = () => (
    <AuditGrid
      fixed={{ object_id: objectId }}
      hide={['object_name', 'object_type', 'customer_name', 'provider_id', 'customer_id']}
    />
  );
  const label = t('record.history');
  return { label, tabs: [{ name: 'history', label, fill: true, content }] };
}
