-- Rows of joins with an alias, in what is made of them above the stored rows: documents name the alias's columns,
-- also where an expression is evaluated in a function, under the view's settings, and in the text of a view, which a dump has.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA whole_row_join_alias;
SET search_path = whole_row_join_alias, ivm_test, public;
CREATE TABLE a (id int, k int, at timestamptz);
CREATE TABLE b (id int, w int);
INSERT INTO a VALUES (1, 1, '2026-01-01'), (2, 2, NULL), (3, 1, '2026-02-01');
INSERT INTO b VALUES (1, 5), (1, 6), (4, 0);
SELECT make_view('windows', 'SELECT to_jsonb(j) AS d, count(*) OVER (PARTITION BY q) AS n FROM ((SELECT id, k FROM a) x LEFT JOIN b USING (id)) AS j (p, q, r)');
SELECT make_view('settings', 'SELECT to_jsonb(j) AS d, count(*) OVER (PARTITION BY q) AS n FROM (a LEFT JOIN b USING (id)) AS j (p, q, at, r)');
SELECT make_view('built', $$SELECT jsonb_build_object('j', j) AS d, coalesce(jsonb_build_array(j, q), '1') AS e, max(q) OVER () AS n FROM (a JOIN b USING (id)) AS j (p, q, at, r)$$);
SELECT make_view('nulls', 'SELECT j IS NULL AS e, j IS NOT NULL AS f, j::text AS t, max(p) OVER () AS n FROM (a FULL JOIN b USING (id)) AS j (p, q, at, r)');
SELECT make_view('parts', 'SELECT jsonb_build_object(''d'', j) AS d, (SELECT count(*) FROM b) AS n FROM (a JOIN b USING (id)) AS j (p, q, at, r)');
SELECT make_view('above', 'SELECT DISTINCT ON (q) q, to_jsonb(j) AS d FROM (a JOIN b USING (id)) AS j (p, q, at, r) ORDER BY q, p, r');
-- a row itself cannot be stored
\set VERBOSITY terse
SELECT make_view('function_of_window', $$SELECT jsonb_build_object('j', j, 'n', count(*) OVER ()) AS d FROM (a JOIN b USING (id)) AS j (p, q, at, r)$$);
SELECT make_view('window_of_rows', 'SELECT jsonb_agg(j) OVER (ORDER BY p, r) AS d FROM (a JOIN b USING (id)) AS j (p, q, at, r)');
\set VERBOSITY default
-- the same by the text of the views
CREATE TABLE texts AS SELECT c.relname AS view, pg_get_viewdef(d.view) AS query FROM definition d JOIN pg_class c ON c.oid = d.view;
SELECT view, oracle(view::regclass, rtrim(query, ';')) FROM texts ORDER BY 1;
SELECT * FROM check_views();
INSERT INTO b VALUES (2, 1), (3, NULL), (NULL, 1);
SELECT * FROM check_views();
UPDATE a SET k = k + 1 WHERE id > 1;
DELETE FROM b WHERE w = 6;
SELECT * FROM check_views();
SELECT view, oracle(view::regclass, rtrim(query, ';')) FROM texts ORDER BY 1;
DROP SCHEMA whole_row_join_alias CASCADE;
