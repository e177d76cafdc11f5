-- Substring search: a trigram index over the folded text, which LIKE uses by itself.
create extension if not exists pg_trgm;
create index customers_search on customers using gin (search_text gin_trgm_ops);
