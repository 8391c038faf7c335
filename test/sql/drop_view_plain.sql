-- DROP VIEW drops storage, catalogue row and triggers; nothing is left behind.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
\set VERBOSITY terse
CREATE SCHEMA drop_view_plain;
SET search_path = drop_view_plain, ivm_test, public;
CREATE TABLE t (g int, x numeric);
CREATE TABLE p (g int, x numeric) PARTITION BY LIST (g);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1, 2, 3);
CREATE FUNCTION left_behind(OUT relations bigint, OUT triggers bigint, OUT views bigint) LANGUAGE sql AS $$
	SELECT (SELECT count(*) FROM pg_class WHERE relnamespace = 'ivm_data'::regnamespace AND relname ~ '^dvp'),
		   (SELECT count(*) FROM pg_trigger WHERE tgrelid IN ('t'::regclass, 'p'::regclass, 'p1'::regclass) AND tgname ~ '^ivm'),
		   (SELECT count(*) FROM ivm.view WHERE state::text ~ 'dvp') $$;
INSERT INTO t SELECT i % 3, i FROM generate_series(1, 10) i;
SELECT make_view('dvp1', 'SELECT g, sum(x) AS s FROM t GROUP BY g');
SELECT make_view('dvp2', 'SELECT count(*) AS n FROM t');
SELECT make_view('dvp3', 'SELECT g, x FROM p');
SELECT * FROM left_behind();
-- the other view on the table goes on
DELETE FROM definition WHERE view = 'dvp1'::regclass;
DROP VIEW dvp1;
INSERT INTO t VALUES (1, 1);
SELECT * FROM check_views();
-- refused while something depends on it
CREATE VIEW above AS SELECT n + 1 AS m FROM dvp2;
DROP VIEW dvp2;
SELECT * FROM check_views();
DELETE FROM definition;
DROP VIEW dvp2, dvp3 CASCADE;
SELECT * FROM left_behind();
DROP VIEW dvp2;
DROP VIEW IF EXISTS dvp2;
-- the name is free again
SELECT make_view('dvp1', 'SELECT g, max(x) AS s FROM t GROUP BY g');
INSERT INTO t VALUES (1, 1000);
SELECT * FROM check_views();
DELETE FROM definition;
DROP VIEW dvp1;
SELECT * FROM left_behind();
DROP SCHEMA drop_view_plain CASCADE;
