import { useNavigate, useSearch } from '@tanstack/react-router';

/**
 * Dialogs have addresses: `?dialog=site.edit&record=<id>` on whatever page they are opened from,
 * so "back" closes them and a link opens them.
 */
export function useDialog() {
  const { dialog, record } = useSearch({ strict: false });
  const navigate = useNavigate();
  const go = (name: string | undefined, id?: string) =>
    void navigate({ to: '.', search: (search) => ({ ...search, dialog: name, record: id }) });
  return {
    dialog,
    record,
    open: (name: string, id?: string) => go(name, id),
    close: () => go(undefined),
  };
}
