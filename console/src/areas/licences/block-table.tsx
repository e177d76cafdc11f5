import { Button } from '@mantine/core';
import { IconExternalLink, IconPlus } from '@tabler/icons-react';
import { Link, useNavigate } from '@tanstack/react-router';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { firstRowsQuery } from '@/api/records.ts';
import { useCan, useOwnCustomer } from '@/api/session.ts';
import { RowCommands, type Command } from '@/kit/commands.tsx';
import { recordLink } from '@/kit/record/links.ts';
import { formatDate, formatNumber } from '@/text/format.ts';
import { t } from '@/text/t.ts';
import { useBlockCommands } from './block-commands.tsx';
import { BlockDialogs } from './block-dialog.tsx';
import { BlockRowForm } from './block-row-form.tsx';
import classes from './block-table.module.css';
import { BlockStatus } from './blocks-grid.tsx';
import { blockName, useOnlyProduct, type Block } from './blocks.ts';

const most = 200;

interface BlockTableProps {
  customerId: string;
  /** Why nothing can be changed, if so. */
  readOnly?: string;
}

/** A customer's licence blocks, edited where they stand (LIC-04). */
export function BlockTable({ customerId, readOnly }: BlockTableProps) {
  const can = useCan();
  // In the customer's own workspace there is no other, and nothing to filter by.
  const below = useOwnCustomer() ? {} : { customer_id: customerId };
  const query = { ...below, sort: 'expiration_date', limit: most, count: 'capped' };
  const { data } = useQuery(firstRowsQuery('licence_blocks', query));
  const product = useOnlyProduct();
  const [edited, setEdited] = useState<string | null>(null);
  const [left, setLeft] = useState<string | null>(null);
  const box = useRef<HTMLDivElement>(null);
  // The row that is edited says whether what was typed may be lost.
  const mayLeave = useRef(async () => true);
  const mayEdit = can('licences:update') && !readOnly;

  useEffect(() => {
    if (left === null || edited !== null) return;
    const find = (id: string) =>
      box.current?.querySelector<HTMLElement>(`[data-focus="${CSS.escape(id)}"]`);
    (find(left) ?? find('new'))?.focus();
  }, [left, edited]);

  const edit = async (id: string) => {
    if (id === edited || !(await mayLeave.current())) return;
    setLeft(null);
    setEdited(id);
  };
  const close = (focus: string) => {
    mayLeave.current = async () => true;
    setEdited(null);
    setLeft(focus);
  };
  const form = (block?: Block) => (
    <BlockRowForm
      key={block?.id ?? 'new'}
      customerId={customerId}
      block={block}
      product={product ?? null}
      mayLeave={mayLeave}
      onClose={close}
    />
  );
  const blocks = data?.items ?? [];
  return (
    <div ref={box}>
      <div className={classes.head}>
        <h2>{t('blocks.table')}</h2>
        {can('licences:create') && (
          <Button
            leftSection={<IconPlus size={16} />}
            data-focus="new"
            disabled={Boolean(readOnly)}
            title={readOnly}
            onClick={() => void edit('new')}
          >
            {t('blocks.add')}
          </Button>
        )}
      </div>
      <div className={classes.box}>
        <table className={classes.table} aria-label={t('blocks.table')} aria-busy={!data}>
          <Head />
          <tbody>
            {edited === 'new' && form()}
            {blocks.map((block) =>
              block.id === edited ? (
                form(block)
              ) : (
                <BlockRow
                  key={block.id}
                  block={block}
                  onEdit={mayEdit ? () => void edit(block.id) : undefined}
                />
              ),
            )}
          </tbody>
        </table>
        {data && blocks.length === 0 && edited === null && (
          <div className={classes.empty}>{t('licences.overview_empty')}</div>
        )}
      </div>
      {data && blocks.length === most && (
        <p className="dim">
          {t('blocks.too_many', { count: most })}{' '}
          <Link to="/licence-blocks" search={below}>
            {t('blocks.too_many_link')}
          </Link>
        </p>
      )}
      <BlockDialogs />
    </div>
  );
}

const columns = [
  ['product_id', classes.product],
  ['tenant_id', classes.product],
  ['licences', classes.short],
  ['used', ''],
  ['order_date', classes.date],
  ['expiration_date', classes.date],
  ['sales_order', classes.short],
  ['po_number', classes.short],
  ['unit_price', classes.short],
  ['currency', classes.short],
  ['status', ''],
] as const;

const Head = () => (
  <thead>
    <tr>
      {columns.map(([name, width]) => (
        <th
          key={name}
          scope="col"
          className={width}
          data-align={name === 'licences' || name === 'used' ? 'right' : undefined}
        >
          {name === 'used' ? t('blocks.used') : t(`field.${name}`)}
        </th>
      ))}
      <td />
    </tr>
  </thead>
);

/** A row to read; a click anywhere on it, or Enter on its name, edits it. */
function BlockRow({ block, onEdit }: { block: Block; onEdit?: () => void }) {
  const commands = useBlockCommands();
  const navigate = useNavigate();
  const name = blockName(block);
  const open: Command = {
    label: t('blocks.open'),
    icon: IconExternalLink,
    run: () => void navigate(recordLink('licence_blocks', block.id)!),
  };
  // Editing is what the row itself does.
  const own = () => [open, ...commands(block).filter(({ label }) => label !== t('record.edit'))];
  return (
    <tr
      className={onEdit && classes.row}
      onClick={(event) => {
        if (!(event.target as Element).closest('button, a, [role="menu"]')) onEdit?.();
      }}
    >
      <td>
        {onEdit ? (
          <button
            type="button"
            className={classes.name}
            data-focus={block.id}
            aria-label={t('blocks.edit_row', { name })}
            onClick={onEdit}
          >
            {block.product_name}
          </button>
        ) : (
          block.product_name
        )}
      </td>
      <td>{block.tenant_name ?? t('licences.global')}</td>
      <td data-align="right" className="numbers">
        {formatNumber(block.licences)}
      </td>
      <td data-align="right" className="numbers">
        {formatNumber(block.licences_used)}
      </td>
      <td>{block.order_date && formatDate(block.order_date)}</td>
      <td>{block.expiration_date && formatDate(block.expiration_date)}</td>
      <td>{block.sales_order}</td>
      <td>{block.po_number}</td>
      <td className="numbers">{block.unit_price}</td>
      <td>{block.currency}</td>
      <td>
        <BlockStatus block={block} />
      </td>
      <td>
        <RowCommands name={name} commands={own} />
      </td>
    </tr>
  );
}
