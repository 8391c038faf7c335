-- Rows of tables as columns of a view, and what conditions ask of them: columns that were
-- dropped, added with a default and stored out of line are what they are in the table.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA whole_row_select;
SET search_path = whole_row_select, ivm_test, public;
CREATE TABLE c (id int PRIMARY KEY, gone text, name text, n numeric);
INSERT INTO c VALUES (1, 'x', 'a', 1.0), (2, 'y', 'b', 1.00), (3, repeat('z', 3000), repeat('long', 1500), NULL), (4, 'w', NULL, NULL), (5, 'v', 'e', 2);
ALTER TABLE c DROP COLUMN gone;
ALTER TABLE c ADD COLUMN added int DEFAULT 7;
CREATE TABLE o (id int PRIMARY KEY, cust int, v int);
INSERT INTO o SELECT i, nullif(i % 7, 6), i % 3 FROM generate_series(1, 20) i;
CREATE FUNCTION label(c) RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT coalesce($1.name, '?') || coalesce($1.added, 0)$$;
CREATE FUNCTION bare(c) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN $1.id; END';
SELECT make_view('rows', 'SELECT c FROM c');
SELECT make_view('twice', 'SELECT c, c.* FROM c WHERE c IS NOT NULL');
SELECT make_view('null_tests', 'SELECT c IS NULL AS a, c IS NOT NULL AS b, NOT (c IS NULL) AS d, c IS DISTINCT FROM NULL AS e, count(*) FROM c GROUP BY 1, 2, 3, 4');
SELECT make_view('functions', 'SELECT label(c) AS l, bare(c) AS b, c.label AS m, (c).name AS n FROM c');
SELECT make_view('equal', 'SELECT o.id FROM o JOIN c ON c = ROW(o.cust, ''a'', 1.0, 7)::c OR (c.id > 3 AND c = c)');
SELECT make_view('distinct_rows', 'SELECT DISTINCT c FROM c', 'values');
SELECT make_view('grouped', 'SELECT o, count(*) FROM o GROUP BY o');
SELECT make_view('joined', 'SELECT o, c, o.v FROM o JOIN c ON c.id = o.cust');
SELECT make_view('coalesced', 'SELECT coalesce(c, ROW(0, NULL, NULL, NULL)::c) AS c FROM c');
SELECT make_view('inside', 'SELECT q.r, q.v + 1 AS v1 FROM (SELECT o AS r, v FROM o WHERE v > 0) q JOIN c ON c.id = (q.r).cust');
SELECT make_view('of_subquery', 'SELECT q::text AS t, label(q.r) AS l FROM (SELECT c AS r, id FROM c WHERE id > 1) q');
SELECT make_view('lateral', 'SELECT o.id, q.r FROM o, LATERAL (SELECT c AS r FROM c WHERE c.id = o.cust) q');
SELECT make_view('scalar', 'SELECT id, (SELECT c FROM c WHERE c.id = o.cust) AS r FROM o');
SELECT make_view('exists_null', 'SELECT id FROM o WHERE EXISTS (SELECT FROM c WHERE c.id = o.cust AND c IS NOT NULL)');
SELECT make_view('not_null', 'SELECT id FROM o WHERE NOT EXISTS (SELECT FROM c WHERE c.id = o.cust AND c IS NOT NULL)');
SELECT make_view('in_rows', 'SELECT id FROM o WHERE (SELECT c FROM c WHERE c.id = o.cust) IN (SELECT c FROM c WHERE added = 7)');
SELECT make_view('windowed', 'SELECT o, row_number() OVER (PARTITION BY v ORDER BY id) AS r, first_value(o) OVER (PARTITION BY v ORDER BY id) AS f FROM o');
SELECT make_view('limited', 'SELECT o FROM o ORDER BY o.v DESC, o LIMIT 5');
SELECT make_view('united', 'SELECT c FROM c WHERE id < 3 UNION ALL SELECT c FROM c WHERE id > 1');
SELECT make_view('either', 'SELECT o FROM o WHERE v < 2 UNION SELECT o FROM o WHERE v > 0');
SELECT make_view('with_query', 'WITH w AS (SELECT c AS r, id FROM c) SELECT w.r, o.id FROM w JOIN o ON o.cust = w.id');
SELECT make_view('arrays', 'SELECT ARRAY[c, NULL] AS a FROM c');
SELECT * FROM check_views();
-- no row type of a table in the storage, where rows are compared by their look
SELECT attrelid::regclass::text LIKE 'ivm_data.rows_%' AS own, attname, atttypid::regtype FROM pg_attribute
WHERE attrelid IN (SELECT state FROM ivm.view WHERE view = 'rows'::regclass) AND attnum > 0;
-- rows that were stored before a column was dropped, and after
INSERT INTO c VALUES (6, 'f', 2.50, NULL), (7, NULL, 1, 1), (8, repeat('more', 2000), 1, 1);
UPDATE c SET name = name || '!' WHERE id IN (1, 6);
UPDATE c SET n = 1.000 WHERE id = 2;
SELECT * FROM check_views();
VACUUM FULL c;
DELETE FROM c WHERE id IN (3, 5);
SELECT * FROM check_views();
BEGIN;
UPDATE c SET id = id + 10 WHERE id >= 7;
SELECT * FROM check_views();
SAVEPOINT s;
DELETE FROM c WHERE id > 3;
UPDATE o SET cust = cust + 1 WHERE v = 1;
SELECT * FROM check_views();
ROLLBACK TO s;
INSERT INTO o VALUES (30, 17, 1), (31, NULL, NULL), (32, 1, 1);
COMMIT;
SELECT * FROM check_views();
SELECT make_late_views();
DELETE FROM o WHERE id % 3 = 0;
UPDATE c SET added = 8 WHERE id = 1;
SELECT fold_views();
SELECT * FROM check_views();
SELECT count(*) FROM definition d, ivm.verify_view(d.view);
TRUNCATE c;
INSERT INTO c VALUES (1, 'a', 1.0, 7);
SELECT * FROM check_views();
DROP SCHEMA whole_row_select CASCADE;
