-- Storage becomes unlogged, or logged, with the base table; partitions must not differ.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
\set VERBOSITY terse
CREATE SCHEMA alter_persistence;
SET search_path = alter_persistence, ivm_test, public;
CREATE TABLE t (g int, x numeric);
INSERT INTO t SELECT i % 3, i FROM generate_series(1, 10) i;
SELECT make_view('apv', 'SELECT g, sum(x) AS s FROM t GROUP BY g');
CREATE FUNCTION persistence() RETURNS TABLE (status text, persistence text) LANGUAGE sql AS $$
	SELECT s.status, string_agg(DISTINCT relpersistence::text, ',') FROM ivm.views s JOIN pg_class c ON c.oid IN (s.state_table, s.delta_table)
	WHERE s.viewname = 'apv' GROUP BY s.status $$;
SELECT * FROM persistence();
BEGIN;
INSERT INTO t VALUES (1, 1);
ALTER TABLE t SET UNLOGGED;
INSERT INTO t VALUES (1, 1);
SELECT * FROM check_views();
COMMIT;
SELECT * FROM persistence();
INSERT INTO t VALUES (1, 1);
SELECT * FROM check_views();
ALTER TABLE t SET LOGGED;
SELECT * FROM persistence();
INSERT INTO t VALUES (1, 1);
SELECT * FROM check_views();
TRUNCATE definition;
DROP VIEW apv;
CREATE TABLE p (g int, x numeric) PARTITION BY LIST (g);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
SELECT make_view('apv', 'SELECT g, sum(x) AS s FROM p GROUP BY g');
CREATE UNLOGGED TABLE p2 PARTITION OF p FOR VALUES IN (2);
INSERT INTO p VALUES (1, 1), (2, 2);
SELECT * FROM check_views();
SELECT status, reason FROM ivm.views WHERE viewname = 'apv';
ALTER TABLE p2 SET LOGGED;
SELECT * FROM ivm.reconcile('apv');
INSERT INTO p VALUES (1, 1), (2, 2);
SELECT * FROM check_views();
SELECT status, reason FROM ivm.views WHERE viewname = 'apv';
ALTER TABLE p1 SET UNLOGGED;
SELECT status, reason FROM ivm.views WHERE viewname = 'apv';
SELECT * FROM check_views();
DROP SCHEMA alter_persistence CASCADE;
