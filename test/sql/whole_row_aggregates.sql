-- Rows of tables as arguments of aggregates and as groups.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA whole_row_aggregates;
SET search_path = whole_row_aggregates, ivm_test, public;
CREATE TABLE c (id int PRIMARY KEY, name text);
CREATE TABLE o (id int PRIMARY KEY, cust int, v numeric);
INSERT INTO c VALUES (1, 'a'), (2, 'b'), (3, NULL), (4, 'd');
INSERT INTO o SELECT i, i % 5, i % 3 FROM generate_series(1, 12) i;
SELECT make_view('counts', 'SELECT v, count(o) AS n, count(DISTINCT o) AS d, count(o.*) FILTER (WHERE o.id > 3) AS f FROM o GROUP BY v');
SELECT make_view('total', 'SELECT count(o) AS n, jsonb_agg(o ORDER BY o.id) AS os FROM o');
SELECT make_view('lists', 'SELECT cust, array_agg(o ORDER BY o.id DESC) AS os, json_agg(o ORDER BY o)::text AS js, string_agg(o::text, '';'' ORDER BY o.id) AS t FROM o GROUP BY cust');
SELECT make_view('objects', 'SELECT c.id, jsonb_object_agg(o.id, o ORDER BY o.id) AS os FROM c JOIN o ON o.cust = c.id GROUP BY c.id');
SELECT make_view('determined', 'SELECT c.id, c, c::text AS t, to_jsonb(c) AS j, c IS NULL AS n, label, count(*) FROM c JOIN o ON o.cust = c.id, LATERAL (SELECT 1 AS label) l GROUP BY c.id, label');
SELECT make_view('groups', 'SELECT c, sum(o.v) AS s, max(o.v) AS m FROM c JOIN o ON o.cust = c.id GROUP BY c', 'values');
SELECT make_view('sets', 'SELECT c, o.v, count(*) FROM c JOIN o ON o.cust = c.id GROUP BY ROLLUP (c, o.v)', 'values');
SELECT make_view('has', 'SELECT v FROM o GROUP BY v HAVING count(o) > 2 AND bool_or(o IS NOT NULL)');
SELECT make_view('part', 'SELECT id, (SELECT jsonb_agg(x ORDER BY x.id) FROM c x) AS all_of_them FROM o');
SELECT make_view('ordered', 'SELECT v, array_agg(id ORDER BY o) AS ids FROM o GROUP BY v');
SELECT * FROM check_views();
INSERT INTO o VALUES (20, 1, 1.0), (21, NULL, NULL), (22, 4, 1.00);
UPDATE c SET name = name || 'x' WHERE id < 3;
SELECT * FROM check_views();
BEGIN;
DELETE FROM o WHERE cust = 2;
UPDATE o SET v = v + 1, cust = 2 WHERE id % 4 = 1;
SELECT * FROM check_views();
DELETE FROM c WHERE id = 4;
SELECT * FROM check_views();
COMMIT;
SELECT * FROM check_views();
SELECT make_late_views();
DELETE FROM o WHERE id < 6;
INSERT INTO c VALUES (0, 'new');
SELECT fold_views();
SELECT * FROM check_views();
DROP SCHEMA whole_row_aggregates CASCADE;
