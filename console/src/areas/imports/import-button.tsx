import { Button } from '@mantine/core';
import { IconUpload } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useCan } from '@/api/session.ts';
import { t } from '@/text/t.ts';
import type { Importable } from './queries.ts';

/** On a list: to the upload of a file that brings such records. */
export function ImportButton({ object }: { object: Importable }) {
  const can = useCan();
  if (!can('imports:create')) return null;
  return (
    <Button
      variant="default"
      leftSection={<IconUpload size={15} />}
      renderRoot={(props) => (
        <Link {...props} to="/imports" search={{ dialog: 'import.add', record: object }} />
      )}
    >
      {t('imports.import')}
    </Button>
  );
}
