import { Button } from '@mantine/core';
import { useEffect, useRef, type RefObject } from 'react';
import { useCan } from '@/api/session.ts';
import type { AnyRow } from '@/api/types.ts';
import { describeError, toast } from '@/kit/feedback/toast.tsx';
import { ConflictDialog } from '@/kit/form/conflict-dialog.tsx';
import { FormLimits, FormValues } from '@/kit/form/context.ts';
import { DateField, EnumField, NumberField, RecordField, TextField } from '@/kit/form/fields.tsx';
import { useLeaveGuard } from '@/kit/form/use-leave-guard.ts';
import { useRecordForm } from '@/kit/form/use-record-form.ts';
import { askDelete } from '@/kit/record/lifecycle.tsx';
import { formatNumber } from '@/text/format.ts';
import { t } from '@/text/t.ts';
import { BlockStatus } from './blocks-grid.tsx';
import classes from './block-table.module.css';
import { blockName, type Block } from './blocks.ts';
import { BlockChanges, DeletionChanges } from './changes.tsx';

interface BlockRowFormProps {
  customerId: string;
  /** The block that is edited; without one it is a new one. */
  block?: Block;
  /** Preselected, when there is only one. */
  product: string | null;
  /** Told how to ask before another row is edited. */
  mayLeave: RefObject<() => Promise<boolean>>;
  /** With the row that gets the focus. */
  onClose: (focus: string) => void;
}

/** A row that is being edited: Enter updates, Escape cancels, errors stand at their fields. */
export function BlockRowForm({ customerId, block, product, mayLeave, onClose }: BlockRowFormProps) {
  const can = useCan();
  const row = useRef<HTMLTableRowElement>(null);
  const here = block?.id ?? 'new';
  const form = useRecordForm({
    list: 'licence_blocks',
    record: block as AnyRow | undefined,
    initial: { customer_id: customerId, product_id: product },
    onSaved: (saved) => {
      const name = blockName(saved as unknown as Block);
      toast(t(block ? 'toast.saved' : 'toast.created', { name }));
      onClose(String(saved.id));
    },
  });
  const ask = useLeaveGuard(form);
  useEffect(() => {
    mayLeave.current = ask;
  });
  useEffect(() => {
    const first = product && !block ? '[data-field="licences"]' : 'input';
    row.current?.querySelector<HTMLElement>(first)?.focus();
    // Once, when the row opens.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, []);
  const cancel = async () => {
    if (await ask()) onClose(here);
  };
  const save = async () => {
    if (block && !form.dirty) return onClose(here);
    await form.save();
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    const field = event.target as HTMLElement;
    // A list of choices that is open has these keys to itself.
    const isOpen = field.getAttribute('aria-expanded') === 'true';
    if (field.tagName !== 'INPUT' || event.defaultPrevented || isOpen) return;
    if (event.key === 'Enter') void save();
    else if (event.key === 'Escape') void cancel();
    else return;
    event.preventDefault();
  };
  return (
    <FormValues form={form.form}>
      <FormLimits value={form.limits}>
        <tr className={classes.edit} ref={row} onKeyDown={onKeyDown}>
          <td>
            {block ? (
              block.product_name
            ) : (
              <RecordField name="product_id" list="products" filter={{ status: 'complete' }} />
            )}
          </td>
          <td>
            <RecordField
              name="tenant_id"
              list="tenants"
              filter={{ customer_id: customerId }}
              placeholder={t('licences.global')}
            />
          </td>
          <td>
            <NumberField name="licences" />
          </td>
          <td data-align="right" className="numbers">
            {formatNumber(block?.licences_used ?? 0)}
          </td>
          <td>
            <DateField name="order_date" />
          </td>
          <td>
            <DateField name="expiration_date" />
          </td>
          <td>
            <TextField name="sales_order" />
          </td>
          <td>
            <TextField name="po_number" />
          </td>
          <td>
            <TextField name="unit_price" />
          </td>
          <td>
            <EnumField name="currency" values="currencies" />
          </td>
          <td>{block && <BlockStatus block={block} />}</td>
          <td />
        </tr>
        <tr className={classes.below} onKeyDown={onKeyDown}>
          <td colSpan={12}>
            {form.problem && (
              <p role="alert" className={classes.error}>
                {describeError(form.problem)}
              </p>
            )}
            <BlockChanges block={block} />
            <div className={classes.foot}>
              <TextField name="note" />
              {block && can('licences:delete') && (
                <Button
                  variant="default"
                  onClick={() =>
                    void askDelete({
                      list: 'licence_blocks',
                      help: 'licences',
                      id: block.id,
                      version: block.version,
                      name: blockName(block),
                      body: <DeletionChanges id={block.id} />,
                      onDeleted: () => onClose('new'),
                    })
                  }
                >
                  {t('record.delete')}
                </Button>
              )}
              <Button variant="default" onClick={() => void cancel()}>
                {t('action.cancel')}
              </Button>
              <Button loading={form.saving} title={t('blocks.keys')} onClick={() => void save()}>
                {t('blocks.update')}
              </Button>
            </div>
            {form.conflict && <ConflictDialog form={form} />}
          </td>
        </tr>
      </FormLimits>
    </FormValues>
  );
}
