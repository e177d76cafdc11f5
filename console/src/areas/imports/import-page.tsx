import { Page } from '@/kit/page/page.tsx';
import { t } from '@/text/t.ts';
export function ImportPage() {
  return (
    <Page title={t('nav.imports')} fill>
      {null}
    </Page>
  );
}
