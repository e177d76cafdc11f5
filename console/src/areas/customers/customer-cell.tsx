import { Link } from '@tanstack/react-router';

/** The customer that a row belongs to. */
export function CustomerCell(props: { customer_id: string; customer_name: string }) {
  return (
    <Link
      to="/customers/$id/{-$tab}"
      params={{ id: props.customer_id }}
      search={{}}
      className="cell-link"
    >
      {props.customer_name}
    </Link>
  );
}
