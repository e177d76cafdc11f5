import { Select } from '@mantine/core';
import type { Import, ImportColumn } from '@/api/types.ts';
import table from '@/kit/plain-table.module.css';
import { t } from '@/text/t.ts';
import classes from './mapping-table.module.css';

interface MappingTableProps {
  record: Import;
  columns: ImportColumn[];
  /** Field to header, as the API takes it; the table shows it from the file's side. */
  mapping: Record<string, string>;
  onChange: (mapping: Record<string, string>) => void;
}

export function MappingTable({ record, columns, mapping, onChange }: MappingTableProps) {
  const fieldOf = (header: string) =>
    Object.entries(mapping).find(([, mapped]) => mapped === header)?.[0] ?? null;
  const choose = (header: string, field: string | null) => {
    const rest = Object.entries(mapping).filter(
      ([name, mapped]) => mapped !== header && name !== field,
    );
    onChange(Object.fromEntries(field ? [...rest, [field, header]] : rest));
  };
  const data = columns.map(({ name, label, required }) => ({
    value: name,
    label: required ? `${label} *` : label,
  }));
  return (
    <div className={table.scroll}>
      <table className={`${table.table} ${classes.table}`} aria-label={t('imports.mapping')}>
        <thead>
          <tr>
            <th>{t('imports.header')}</th>
            <th>{t('imports.samples')}</th>
            <th className={classes.field}>{t('imports.becomes')}</th>
          </tr>
        </thead>
        <tbody>
          {record.headers.map((header, index) => {
            const samples = record.sample.map((row) => row[index]).filter(Boolean);
            const field = fieldOf(header);
            return (
              <tr key={header} data-unused={field ? undefined : true}>
                <th scope="row">{header}</th>
                <td className={classes.samples} title={samples.join('\n')}>
                  {samples.slice(0, 3).join(' · ') || (
                    <span className="dim">{t('value.none')}</span>
                  )}
                </td>
                <td>
                  <Select
                    aria-label={t('imports.becomes_of', { header })}
                    placeholder={t('imports.ignored')}
                    data={data}
                    searchable
                    clearable
                    // Choosing what is chosen must not undo it.
                    allowDeselect={false}
                    value={field}
                    onChange={(chosen) => choose(header, chosen)}
                  />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
