-- ivm.rebuild() of a view whose definition has changed since its state was computed; a build that
-- was left behind.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
\set VERBOSITY terse
CREATE SCHEMA rebuild_definition;
SET search_path = rebuild_definition, ivm_test, public;
SET client_min_messages = error;
CREATE TABLE t (k int, x int);
CREATE TABLE u (k int, x int);
INSERT INTO t VALUES (1, 1);
INSERT INTO u VALUES (1, 100);
CREATE FUNCTION wrong(view regclass) RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM ivm.verify_view(view)';
-- a view that it reads was replaced, and reads another table now
CREATE VIEW below AS SELECT k, x FROM t;
SELECT ivm.create_view('v', 'SELECT k, sum(x) AS s FROM below GROUP BY k');
BEGIN;
INSERT INTO t VALUES (2, 2);
CREATE OR REPLACE VIEW below AS SELECT k, x FROM u;
COMMIT;
SELECT status FROM ivm.views WHERE viewname = 'v';
CALL ivm.rebuild('v');
SELECT status, reason FROM ivm.views WHERE viewname = 'v';
INSERT INTO u VALUES (1, 1000);
SELECT * FROM v;
SELECT wrong('v');
SELECT tgrelid::regclass, tgname FROM pg_trigger WHERE tgrelid IN ('t'::regclass, 'u'::regclass) ORDER BY 1, 2;
-- a new one, before its first build
SELECT ivm.create_view('w', 'SELECT k, max(x) AS s FROM below GROUP BY k', with_data => false);
CREATE OR REPLACE VIEW below AS SELECT k, x + 1 AS x FROM t;
CALL ivm.rebuild('w');
SELECT status, reason FROM ivm.views WHERE viewname = 'w';
UPDATE t SET x = x + 1;
SELECT * FROM w ORDER BY k;
SELECT wrong('w');
-- the mode is changed after a build that died
UPDATE ivm.view SET building = true WHERE view IN ('v'::regclass, 'w'::regclass);
INSERT INTO t VALUES (1, 5);
SELECT ivm.alter_view('v', '{"mode": "deferred"}');
SELECT view, mode, building FROM ivm.view ORDER BY id;
INSERT INTO t VALUES (1, 6);
SELECT method FROM ivm.refresh('v');
SELECT wrong('v'), wrong('w');
DROP SCHEMA rebuild_definition CASCADE;
