import type { ReactNode } from 'react';
import { t } from '@/text/t.ts';
import { FormSection } from './form-shell.tsx';
import { useFormValues } from './context.ts';
import classes from './sectioned-form.module.css';

export interface Section {
  id: string;
  title: string;
  lead?: string;
  /** The fields in it, to show where something is wrong. */
  fields: readonly string[];
  content: ReactNode;
}

/** A long form: all sections below each other, and beside them the way to each. */
export function SectionedForm({ sections }: { sections: Section[] }) {
  const { errors } = useFormValues();
  return (
    <div className={classes.root}>
      <nav className={classes.nav} aria-label={t('form.sections')}>
        {sections.map(({ id, title, fields }) => (
          <a
            key={id}
            href={`#${id}`}
            data-wrong={fields.some((name) => errors[name]) || undefined}
            onClick={(event) => {
              event.preventDefault();
              document.getElementById(id)?.scrollIntoView({ block: 'start' });
            }}
          >
            {title}
          </a>
        ))}
      </nav>
      <div className={classes.sections}>
        {sections.map(({ id, title, lead, content }) => (
          <FormSection key={id} id={id} title={title} lead={lead}>
            {content}
          </FormSection>
        ))}
      </div>
    </div>
  );
}
