-- A base table that gets inheritance children: the view is stale, and right.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
\set VERBOSITY terse
CREATE SCHEMA alter_inherit;
SET search_path = alter_inherit, ivm_test, public;
CREATE TABLE t (g int, x numeric);
INSERT INTO t SELECT i % 3, i FROM generate_series(1, 10) i;
SELECT make_view('v', 'SELECT g, sum(x) AS s FROM t GROUP BY g');
CREATE TABLE c (LIKE t);
INSERT INTO c VALUES (1, 100);
ALTER TABLE c INHERIT t;
SELECT status, reason FROM ivm.views WHERE schemaname = 'alter_inherit';
SELECT * FROM check_views();
INSERT INTO c VALUES (1, 100);
INSERT INTO t VALUES (1, 100);
SELECT * FROM check_views();
SELECT * FROM ivm.reconcile('v');
ALTER TABLE c NO INHERIT t;
SELECT * FROM check_views();
SELECT * FROM ivm.reconcile('v');
SELECT status, reason FROM ivm.views WHERE schemaname = 'alter_inherit';
INSERT INTO t VALUES (1, 100);
SELECT * FROM check_views();
-- born as a child, with a parent of its own
CREATE TABLE c2 () INHERITS (t);
INSERT INTO c2 VALUES (1, 100);
SELECT * FROM check_views();
DROP TABLE c2;
SELECT * FROM ivm.reconcile('v');
CREATE TABLE parent (g int, x numeric);
ALTER TABLE t INHERIT parent;
UPDATE parent SET x = x + 1;
DELETE FROM parent WHERE g = 0;
SELECT * FROM check_views();
TRUNCATE parent;
SELECT * FROM check_views();
SELECT status, reason FROM ivm.views WHERE schemaname = 'alter_inherit';
DROP SCHEMA alter_inherit CASCADE;
