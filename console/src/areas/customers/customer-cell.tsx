import { Link } from '@tanstack/react-router';
import { recordLink } from '@/kit/record/links.ts';

/** The customer that a row belongs to. */
export function CustomerCell(props: { customer_id: string; customer_name: string }) {
  return (
    <Link {...recordLink('customers', props.customer_id)!} className="cell-link">
      {props.customer_name}
    </Link>
  );
}
