-- TRUNCATE of a base table, read before and after in the same transaction.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
\set VERBOSITY terse
CREATE SCHEMA truncate_plain;
SET search_path = truncate_plain, ivm_test, public;
CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY, g int, x numeric);
INSERT INTO t (g, x) SELECT i % 4, i FROM generate_series(1, 20) i;
SELECT make_view('grouped', 'SELECT g, sum(x) AS s, count(*) AS n FROM t GROUP BY g');
SELECT make_view('extreme', 'SELECT g, min(x) AS a, max(x) AS z FROM t GROUP BY g');
SELECT make_view('slice', 'SELECT g, string_agg(x::text, '','' ORDER BY x) AS s FROM t GROUP BY g');
SELECT make_view('bag', 'SELECT g, x FROM t');
SELECT make_view('total', 'SELECT sum(x) AS s, count(*) AS n FROM t');
TRUNCATE t;
SELECT * FROM check_views();
TRUNCATE t;
INSERT INTO t (g, x) SELECT i % 4, i FROM generate_series(1, 20) i;
SELECT * FROM check_views();
BEGIN;
INSERT INTO t (g, x) VALUES (1, 100), (7, 7);
SELECT * FROM check_views();
TRUNCATE t RESTART IDENTITY;
SELECT * FROM check_views();
INSERT INTO t (g, x) VALUES (1, 1), (2, 2);
SELECT * FROM check_views();
UPDATE t SET g = 3 WHERE id = 1;
DELETE FROM t WHERE id = 2;
SELECT * FROM check_views();
TRUNCATE t;
INSERT INTO t (g, x) VALUES (1, 1);
SELECT * FROM check_views();
COMMIT;
SELECT * FROM check_views();
TABLE grouped;
-- a function that truncates and reads
CREATE FUNCTION swap() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	r text;
BEGIN
	INSERT INTO t (g, x) VALUES (5, 5);
	TRUNCATE t;
	INSERT INTO t (g, x) VALUES (6, 6);
	SELECT string_agg(g::text, ',') INTO r FROM grouped;
	RETURN r;
END $$;
SELECT swap();
SELECT * FROM check_views();
-- in REPEATABLE READ
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT * FROM grouped;
TRUNCATE t;
SELECT * FROM check_views();
INSERT INTO t (g, x) VALUES (8, 8);
SELECT * FROM check_views();
COMMIT;
SELECT * FROM check_views();
-- a table made in the same transaction
BEGIN;
CREATE TABLE young (g int);
INSERT INTO young VALUES (1);
SELECT make_view('young_view', 'SELECT g, count(*) AS n FROM young GROUP BY g');
TRUNCATE young;
INSERT INTO young VALUES (2);
SELECT * FROM check_views();
COMMIT;
SELECT * FROM check_views();
DROP SCHEMA truncate_plain CASCADE;
