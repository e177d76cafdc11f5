import { Checkbox, UnstyledButton } from '@mantine/core';
import { IconCheck, IconMinus, IconPlus } from '@tabler/icons-react';
import { t, tMaybe } from '@/text/t.ts';
import { resources, usual, type Resource } from './permissions.ts';
import classes from './permission-matrix.module.css';

interface MatrixProps {
  label: string;
  value: readonly string[];
  /** Without it the matrix is only read. */
  onChange?: (value: string[]) => void;
  /** What can be chosen; nobody gives more than they hold. */
  possible?: readonly string[];
  /** How it differs from a template. */
  added?: readonly string[];
  missing?: readonly string[];
}

/** What somebody may do: a row for each resource, a column for each action. */
export function PermissionMatrix(props: MatrixProps) {
  const { value, onChange, possible, added = [], missing = [] } = props;
  const rows = resources.filter(
    ({ name }) =>
      onChange || [...value, ...missing].some((permission) => permission.startsWith(`${name}:`)),
  );
  const put = (names: string[], on: boolean) =>
    onChange?.(
      on
        ? [...new Set([...value, ...names])]
        : value.filter((permission) => !names.includes(permission)),
    );
  const may = (permission: string) => possible?.includes(permission) ?? true;
  /** All of a row or column: off when everything that can be on is on. */
  const turn = (names: string[]) => {
    const able = names.filter(may);
    put(able, !able.every((permission) => value.includes(permission)));
  };
  if (rows.length === 0) return <p className="dim">{t('roles.nothing')}</p>;
  const cell = (resource: Resource, action: string, named: boolean) => {
    const permission = `${resource.name}:${action}`;
    const label = t('roles.cell', {
      resource: resourceLabel(resource.name),
      action: actionLabel(action),
    });
    if (onChange) {
      return (
        <Checkbox
          key={action}
          size="xs"
          label={named ? actionLabel(action) : undefined}
          aria-label={label}
          checked={value.includes(permission)}
          disabled={!may(permission)}
          title={may(permission) ? undefined : t('roles.not_yours')}
          onChange={(event) => put([permission], event.currentTarget.checked)}
        />
      );
    }
    const has = value.includes(permission);
    if (!has && !missing.includes(permission)) return null;
    const tone = added.includes(permission) ? 'added' : has ? undefined : 'missing';
    const Icon = tone === 'added' ? IconPlus : has ? IconCheck : IconMinus;
    return (
      <span key={action} className={classes.mark} data-tone={tone} title={label}>
        <Icon size={15} stroke={2} role="img" aria-label={markLabel(label, tone)} />
        {named && actionLabel(action)}
      </span>
    );
  };
  return (
    <div className={classes.frame}>
      <table className={classes.table} aria-label={props.label}>
        <thead>
          <tr>
            <th scope="col">{t('roles.resource')}</th>
            {usual.map((action) => (
              <th scope="col" key={action} className={classes.action}>
                <Turn
                  label={actionLabel(action)}
                  all={t('roles.all_of', { name: actionLabel(action) })}
                  turn={onChange && (() => turn(rows.map(({ name }) => `${name}:${action}`)))}
                />
              </th>
            ))}
            <th scope="col">{t('roles.more')}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((resource) => (
            <tr key={resource.name}>
              <th scope="row">
                <Turn
                  label={resourceLabel(resource.name)}
                  all={t('roles.all_of', { name: resourceLabel(resource.name) })}
                  turn={
                    onChange &&
                    (() => turn([...usual, ...resource.more].map((it) => `${resource.name}:${it}`)))
                  }
                />
              </th>
              {usual.map((action) => (
                <td key={action} className={classes.action}>
                  {cell(resource, action, false)}
                </td>
              ))}
              <td>
                <span className={classes.named}>
                  {resource.more.map((action) => cell(resource, action, true))}
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The head of a row or column: in a form it switches all of it. */
function Turn({ label, all, turn }: { label: string; all: string; turn?: () => void }) {
  if (!turn) return label;
  return (
    <UnstyledButton className={classes.turn} title={all} aria-label={all} onClick={turn}>
      {label}
    </UnstyledButton>
  );
}

const markLabel = (label: string, tone: string | undefined) =>
  tone ? t(tone === 'added' ? 'roles.added' : 'roles.missing', { name: label }) : label;

export const resourceLabel = (name: string) => tMaybe(`resource.${name}`, name);
export const actionLabel = (action: string) => tMaybe(`may.${action}`, action);
