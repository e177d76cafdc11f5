import { Button } from '@mantine/core';
import { Link, type LinkProps } from '@tanstack/react-router';
import { useCan } from '@/api/session.ts';
import { t } from '@/text/t.ts';
import classes from './first-steps.module.css';

/** An empty installation says what to do in the first five minutes (NAV-04). */
export function FirstSteps() {
  const can = useCan();
  const steps: {
    name: 'customer' | 'import' | 'reseller' | 'user';
    link: LinkProps;
    may: boolean;
  }[] = [
    {
      name: 'customer',
      link: { to: '/customers', search: { dialog: 'customer.add' } },
      may: can('customers:create'),
    },
    {
      name: 'import',
      link: { to: '/imports', search: { dialog: 'import.add' } },
      may: can('imports:create'),
    },
    {
      name: 'reseller',
      link: { to: '/resellers', search: { dialog: 'reseller.add' } },
      may: can('resellers:create'),
    },
    {
      name: 'user',
      link: { to: '/users', search: { dialog: 'user.add' } },
      may: can('users:create'),
    },
  ];
  return (
    <section className={classes.root} aria-labelledby="first-steps">
      <h2 id="first-steps" className={classes.title}>
        {t('first.title')}
      </h2>
      <p className={classes.lead}>
        {t('first.lead')}{' '}
        <Link to="/help/$page" params={{ page: 'start' }} search={{}}>
          {t('first.guide')}
        </Link>
      </p>
      <ol className={classes.steps}>
        {steps
          .filter(({ may }) => may)
          .map(({ name, link }, index) => (
            <li key={name}>
              <span className={classes.number} aria-hidden>
                {index + 1}
              </span>
              <h3>{t(`first.${name}`)}</h3>
              <p>{t(`first.${name}_lead`)}</p>
              <Button
                variant={index === 0 ? 'filled' : 'default'}
                renderRoot={(props) => <Link {...props} {...link} />}
              >
                {t(`first.${name}_do`)}
              </Button>
            </li>
          ))}
      </ol>
    </section>
  );
}
