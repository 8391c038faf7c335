-- Plain views as sources: nested, over joins and aggregates, with security_barrier,
-- column names of their own, and with views of this extension below and above.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_sides :srcdir /sql/include/change_sides.sql
\i :oracle
CREATE SCHEMA query_source_plain_views;
SET search_path = query_source_plain_views, ivm_test, public;
CREATE TABLE a (id int PRIMARY KEY, k int, v int);
CREATE TABLE b (id int PRIMARY KEY, k int, w int);
CREATE VIEW positive AS SELECT * FROM a WHERE v > 0;
CREATE VIEW joined (key, v, w) AS SELECT p.k, p.v, b.w FROM positive p JOIN b USING (k);
CREATE VIEW totals WITH (security_barrier) AS SELECT key, count(*) AS n, sum(w) AS s FROM joined GROUP BY key;
CREATE VIEW invoked WITH (security_invoker) AS SELECT k, w FROM b WHERE w > 0;
SELECT make_view('plain', 'SELECT * FROM joined');
SELECT make_view('of_totals', 'SELECT a.id, t.n, t.s FROM a LEFT JOIN totals t ON t.key = a.k');
SELECT make_view('twice', 'SELECT x.key, y.w FROM joined x JOIN joined y ON x.w = y.v');
SELECT make_view('called', 'SELECT k, count(*) AS n FROM invoked GROUP BY k');
CREATE VIEW above AS SELECT key, max(w) AS hi FROM plain GROUP BY key;
SELECT make_view('chained', 'SELECT hi, count(*) AS n FROM above GROUP BY hi');
\i :change_sides
-- renamed columns: the definition goes on
ALTER VIEW positive RENAME COLUMN v TO vv;
ALTER VIEW joined RENAME COLUMN key TO kk;
INSERT INTO a VALUES (70, 2, 1);
SELECT ivm_test.oracle('plain', 'SELECT * FROM joined');
SELECT ivm_test.oracle('of_totals', 'SELECT a.id, t.n, t.s FROM a LEFT JOIN totals t ON t.key = a.k');
TRUNCATE definition;
DROP SCHEMA query_source_plain_views CASCADE;
