/** The policy the server sends with the page; `vite preview` sends it too, so breaches show early. */
export const contentSecurityPolicy =
  "default-src 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; form-action 'self'";
