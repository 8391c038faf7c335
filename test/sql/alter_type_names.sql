-- Views that have converted values of a type to text or JSON are stale when its labels or columns change.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
\set VERBOSITY terse
CREATE SCHEMA alter_type_names;
SET search_path = alter_type_names, ivm_test, public;
CREATE TYPE color AS ENUM ('red', 'green');
CREATE TYPE pair AS (a int, c color);
CREATE DOMAIN pairs AS pair[];
CREATE TABLE other (x int, y int);
CREATE TABLE t (id int PRIMARY KEY, c color, p pair, ps pairs, o other);
CREATE TABLE u (c text, n int);
INSERT INTO t SELECT i, c, ROW(i % 3, c)::pair, ARRAY[ROW(i % 2, c)]::pair[], ROW(i % 2, 1)::other
FROM generate_series(1, 20) i, LATERAL (VALUES (CASE i % 2 WHEN 0 THEN 'red'::color ELSE 'green' END)) v (c);
INSERT INTO u VALUES ('red', 1), ('green', 2), ('crimson', 3);
SELECT make_view('labels', 'SELECT c::text AS c, count(*) FROM t GROUP BY 1');
SELECT make_view('filtered', $$SELECT p, id FROM t WHERE c::text LIKE '%r%d%'$$);
SELECT make_view('joined', 'SELECT u.n, count(*) FROM t JOIN u ON u.c = t.c::text GROUP BY 1');
SELECT make_view('within', 'SELECT ps::text AS ps, count(*) FROM t GROUP BY 1');
SELECT make_view('rows', 'SELECT to_jsonb(p) AS p, count(*) FROM t GROUP BY 1');
SELECT make_view('tables', 'SELECT o::text AS o, count(*) FROM t GROUP BY 1');
SELECT make_view('inside', 'SELECT n, s.c FROM u JOIN (SELECT DISTINCT c::text AS c FROM t LIMIT 10) s USING (c)');
SELECT make_view('untold', 'SELECT c, min(c) AS min, count(*) FROM t GROUP BY c');

CREATE FUNCTION statuses() RETURNS TABLE (view name, status text) LANGUAGE sql AS
	$$SELECT viewname, status FROM ivm.views WHERE schemaname = 'alter_type_names' ORDER BY 1$$;
CREATE FUNCTION mend() RETURNS bigint LANGUAGE sql AS
	$$SELECT count(*) FROM ivm.views, ivm.reconcile(format('%I.%I', schemaname, viewname)) WHERE schemaname = 'alter_type_names' AND status = 'stale'$$;

ALTER TYPE color ADD VALUE 'blue' BEFORE 'red';
ALTER TYPE color RENAME TO colour;
ALTER TABLE other RENAME TO others;
SELECT DISTINCT status FROM statuses();

BEGIN;
INSERT INTO t VALUES (21, 'red', ROW(1, 'red'), NULL, NULL);
ALTER TYPE colour RENAME VALUE 'red' TO 'crimson';
SELECT * FROM statuses();
SELECT * FROM check_views();
UPDATE t SET id = id + 100 WHERE id = 21;
COMMIT;
SELECT * FROM check_views();
DELETE FROM t WHERE id < 5;
SELECT * FROM check_views();
SELECT mend();
DELETE FROM t WHERE id < 7;
SELECT * FROM check_views();

ALTER TYPE pair RENAME ATTRIBUTE a TO b;
SELECT * FROM statuses() WHERE status <> 'ready';
SELECT mend();
ALTER TYPE pair ADD ATTRIBUTE d int;
SELECT * FROM statuses() WHERE status <> 'ready';
SELECT * FROM check_views();
SELECT mend();
DELETE FROM t WHERE id < 9;
ALTER TABLE others ADD COLUMN z int;
SELECT * FROM statuses() WHERE status <> 'ready';
SELECT mend();
DELETE FROM t WHERE id < 11;
SELECT * FROM check_views();
SELECT DISTINCT status FROM statuses();
DROP SCHEMA alter_type_names CASCADE;
