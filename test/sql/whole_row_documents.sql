-- Documents made of rows: keys as the table's columns are called, whatever aliases say.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA whole_row_documents;
SET search_path = whole_row_documents, ivm_test, public;
CREATE TABLE c (id int PRIMARY KEY, name text, "Odd ""name" numeric, at timestamptz);
CREATE TABLE o (id int PRIMARY KEY, cust int, v int);
INSERT INTO c VALUES (1, 'a', 1.0, '2026-01-01 12:00+00'), (2, NULL, 2.50, NULL), (3, 'c', NULL, 'infinity');
INSERT INTO o SELECT i, i % 5, i % 3 FROM generate_series(1, 12) i;
CREATE VIEW named AS SELECT id AS customer, name FROM c WHERE id < 4;
SELECT make_view('documents', 'SELECT to_jsonb(c) AS a, to_json(c)::text AS b, row_to_json(c)::text AS d, row_to_json(c, true)::text AS e, c::text AS f FROM c');
SELECT make_view('aliases', 'SELECT to_jsonb(x) AS a, x.k FROM c AS x (k, l)');
SELECT make_view('filtered', $$SELECT id, to_jsonb(c) - 'at' AS d FROM c WHERE to_jsonb(c) ->> 'name' IS NOT NULL$$);
SELECT make_view('keyed', 'SELECT c.id, to_jsonb(c) || jsonb_build_object(''orders'', count(o.id)) AS d FROM c LEFT JOIN o ON o.cust = c.id GROUP BY c.id');
SELECT make_view('built', $$SELECT jsonb_build_object('c', c, 'o', o) AS d, json_build_array(o, c.id)::text AS e FROM c JOIN o ON o.cust = c.id$$);
SELECT make_view('nested', 'SELECT c.id, (SELECT jsonb_agg(o ORDER BY o.id) FROM o WHERE o.cust = c.id) AS os FROM c');
SELECT make_view('laterals', 'SELECT to_jsonb(c) || to_jsonb(q) AS d FROM c CROSS JOIN LATERAL (SELECT count(*) AS n, jsonb_agg(o ORDER BY o.id) AS os FROM o WHERE o.cust = c.id) q');
SELECT make_view('subquery', 'SELECT to_jsonb(q) AS d FROM (SELECT id AS number, name FROM c WHERE id > 1) q');
SELECT make_view('unions', 'SELECT to_jsonb(q) AS d FROM (SELECT id, name FROM c UNION SELECT id, ''o'' FROM o WHERE v = 0) q');
SELECT make_view('with_query', 'WITH q (x, y) AS (SELECT id, "Odd ""name" FROM c) SELECT to_jsonb(q) AS d FROM q JOIN o ON o.cust = q.x');
SELECT make_view('join_alias', 'SELECT to_jsonb(j) AS d FROM (o JOIN c ON c.id = o.cust) AS j (oid, cust, v, cid, name)');
SELECT make_view('join_inside', $$SELECT q.d, o.v FROM (SELECT to_jsonb(j) AS d, j.id FROM (c JOIN (SELECT cust AS id, max(v) AS m FROM o GROUP BY cust) s USING (id)) AS j) q JOIN o ON o.cust = q.id$$);
SELECT make_view('of_view', 'SELECT to_jsonb(named) AS d FROM named');
SELECT make_view('of_view_joined', 'SELECT to_jsonb(n) AS d, o.id FROM o JOIN named n ON n.customer = o.cust');
SELECT make_view('of_own_view', 'SELECT to_jsonb(k) AS d FROM keyed k WHERE k.id < 3');
SELECT make_view('limited', 'SELECT to_jsonb(q) AS d FROM (SELECT * FROM o ORDER BY v DESC, id LIMIT 3) q');
SELECT make_view('functions', 'SELECT c.id, to_jsonb(n) AS d FROM c, generate_series(1, c.id) AS n');
SELECT make_view('in_values', 'SELECT to_jsonb(q) AS d, o.id FROM o JOIN (VALUES (1, ''x''), (2, ''y'')) q (v, label) USING (v)');
SELECT a FROM documents ORDER BY a->'id';
SELECT * FROM aliases ORDER BY k;
SELECT * FROM check_views();
INSERT INTO c VALUES (4, 'd', 4.00, 'epoch');
UPDATE c SET "Odd ""name" = 1.00, at = at + interval '1 day' WHERE id = 1;
UPDATE o SET cust = 4 WHERE id < 4;
DELETE FROM o WHERE id = 8;
SELECT * FROM check_views();
BEGIN;
DELETE FROM c WHERE id = 2;
INSERT INTO o VALUES (50, 3, 9), (51, 2, NULL);
SELECT * FROM check_views();
UPDATE c SET name = 'z' WHERE name IS NULL OR id = 3;
COMMIT;
SELECT * FROM check_views();
-- texts under the settings that the views were made with
SET TimeZone = 'Asia/Tokyo';
SET DateStyle = 'German';
UPDATE c SET at = '2026-05-05 12:00+00' WHERE id = 1;
SELECT d->>'at' AS at FROM keyed WHERE id = 1;
RESET TimeZone;
RESET DateStyle;
SELECT * FROM check_views();
SELECT make_late_views();
DELETE FROM o WHERE id % 2 = 0;
SELECT fold_views();
SELECT * FROM check_views();
DROP SCHEMA whole_row_documents CASCADE;
