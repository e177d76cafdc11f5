-- Substring search: FTS5's trigram index over the folded text, kept by triggers (design conn.md).
create virtual table customers_fts using fts5(search_text, content='customers', content_rowid='rowid', tokenize='trigram case_sensitive 1', columnsize=0);
create trigger customers_fts_insert after insert on customers begin
    insert into customers_fts (rowid, search_text) values (new.rowid, new.search_text);
end;
create trigger customers_fts_delete after delete on customers begin
    insert into customers_fts (customers_fts, rowid, search_text) values ('delete', old.rowid, old.search_text);
end;
create trigger customers_fts_update after update of search_text on customers when old.search_text <> new.search_text begin
    insert into customers_fts (customers_fts, rowid, search_text) values ('delete', old.rowid, old.search_text);
    insert into customers_fts (rowid, search_text) values (new.rowid, new.search_text);
end;
