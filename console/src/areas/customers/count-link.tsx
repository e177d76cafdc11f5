import { Link } from '@tanstack/react-router';
import { formatNumber } from '@/text/format.ts';

/** Counts link to what they count (GRID-09). */
export function CountLink(props: { id: string; tab: string; count: number }) {
  const { id, tab, count } = props;
  if (count === 0) return <span className="dim numbers">0</span>;
  return (
    <Link to="/customers/$id/{-$tab}" params={{ id, tab }} search={{}} className="count numbers">
      {formatNumber(count)}
    </Link>
  );
}
