-- A change log becomes unlogged, or logged, with its table, with what is in it; so a crash
-- leaves both, or neither.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
\set VERBOSITY terse
CREATE SCHEMA deferred_persistence;
SET search_path = deferred_persistence, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, g int);
CREATE TABLE d (g int PRIMARY KEY, name text);
INSERT INTO t SELECT i, i % 5 FROM generate_series(1, 50) i;
CREATE FUNCTION deferred(name text, query text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO ivm_test.definition VALUES (ivm.create_view(name, query, 'deferred'), query, 'both');
END $$;
CREATE FUNCTION logs() RETURNS TABLE (base regclass, persistence text) LANGUAGE sql AS $$
	SELECT l.base, string_agg(DISTINCT relpersistence::text, ',') FROM ivm.change_log l JOIN pg_class c ON c.oid = l.segment
	WHERE l.base IN (to_regclass('t'), to_regclass('d')) GROUP BY 1 ORDER BY 1 $$;
SELECT deferred('sums', 'SELECT g, count(*) AS n FROM t GROUP BY g');
INSERT INTO t VALUES (100, 1);
SELECT * FROM logs();
ALTER TABLE t SET UNLOGGED;
SELECT * FROM logs();
INSERT INTO t VALUES (101, 1);
SELECT method, rows_read FROM ivm.refresh('sums', 'delta');
SELECT * FROM check_views();
-- in a transaction that has written, undone and done; past segments, too
INSERT INTO t VALUES (102, 2);
BEGIN;
DELETE FROM t WHERE id = 101;
ALTER TABLE t SET LOGGED;
SELECT * FROM logs();
ROLLBACK;
SELECT * FROM logs();
INSERT INTO t SELECT i, 3 FROM generate_series(1000, 40000) i;
SELECT method FROM ivm.refresh('sums', 'delta');
INSERT INTO t VALUES (103, 3);
BEGIN;
DELETE FROM t WHERE id = 101;
ALTER TABLE t SET LOGGED;
INSERT INTO t VALUES (104, 4);
COMMIT;
SELECT * FROM logs();
SELECT method, rows_read FROM ivm.refresh('sums', 'delta');
SELECT * FROM check_views();
-- a log made for one view does for another one
SELECT deferred('joined', 'SELECT name, count(*) AS n FROM t JOIN d USING (g) GROUP BY name');
SELECT * FROM logs();
-- tables that differ make the view stale, and their logs differ with them
ALTER TABLE d SET UNLOGGED;
SELECT * FROM logs();
SELECT viewname, status FROM ivm.views WHERE schemaname = 'deferred_persistence' ORDER BY 1;
SELECT * FROM check_views();
ALTER TABLE d SET LOGGED;
INSERT INTO d VALUES (1, 'one');
SELECT view_name, method FROM ivm.refresh('joined');
INSERT INTO d VALUES (2, 'two');
SELECT view_name, method, rows_read FROM ivm.refresh('joined', 'delta');
SELECT * FROM check_views();
DROP SCHEMA deferred_persistence CASCADE;
