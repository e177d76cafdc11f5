import { Kbd } from '@mantine/core';
import { t, type TextKey } from '@/text/t.ts';
import { DialogBody, FormDialog } from '../form/form-dialog.tsx';
import classes from './shortcuts.module.css';

const groups: { label: TextKey; keys: [keys: string[], label: TextKey][] }[] = [
  {
    label: 'shortcuts.everywhere',
    keys: [
      [['Ctrl', 'K'], 'shortcuts.palette'],
      [['?'], 'shortcuts.help'],
      [['Ctrl', 'Enter'], 'shortcuts.save'],
      [['Esc'], 'shortcuts.close'],
    ],
  },
  {
    label: 'shortcuts.lists',
    keys: [
      [['/'], 'shortcuts.search'],
      [['J'], 'shortcuts.down'],
      [['K'], 'shortcuts.up'],
      [['Enter'], 'shortcuts.open'],
      [['Alt', '←', '→'], 'shortcuts.move'],
      [['Alt', 'Shift', '←', '→'], 'shortcuts.resize'],
      [['Shift'], 'shortcuts.sort'],
    ],
  },
];

export default function Shortcuts({ onClose }: { onClose: () => void }) {
  return (
    <FormDialog help="grid" title={t('shortcuts.title')} size={440} onClose={onClose}>
      <DialogBody>
        {groups.map(({ label, keys }) => (
          <section key={label}>
            <h3 className={classes.heading}>{t(label)}</h3>
            <dl className={classes.list}>
              {keys.map(([names, what]) => (
                <div key={what} className={classes.line}>
                  <dt>{t(what)}</dt>
                  <dd>
                    {names.map((name) => (
                      <Kbd key={name} size="xs">
                        {name}
                      </Kbd>
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </DialogBody>
    </FormDialog>
  );
}
