-- ivm.rebuild() fills and repairs views while their tables are written.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
\set VERBOSITY terse
CREATE SCHEMA rebuild;
SET search_path = rebuild, ivm_test, public;
SET client_min_messages = warning;
CREATE TABLE t (id int PRIMARY KEY, k int, x int);
CREATE TABLE d (k int PRIMARY KEY, name text);
CREATE INDEX ON t (k);
INSERT INTO t SELECT i, i % 7, i FROM generate_series(1, 1000) i;
INSERT INTO d SELECT i, 'name ' || i % 3 FROM generate_series(0, 6) i;
CREATE FUNCTION wrong(view regclass) RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM ivm.verify_view(view)';
CREATE FUNCTION state(view regclass, OUT status text, OUT reason text) LANGUAGE sql
	AS 'SELECT status, reason FROM ivm.views v WHERE v.view = $1';
-- first builds, of all kinds
SELECT ivm.create_view('sums', 'SELECT k, count(*) AS n, sum(x) AS s, min(x) AS low FROM t GROUP BY k', with_data => false);
SELECT ivm.create_view('bag', 'SELECT k, x FROM t WHERE x % 2 = 0', with_data => false);
SELECT ivm.create_view('slices', 'SELECT k, count(DISTINCT x % 5) AS n FROM t GROUP BY k', with_data => false);
SELECT ivm.create_view('joined', 'SELECT name, count(x) AS n, sum(x) AS s FROM d LEFT JOIN t USING (k) GROUP BY name', with_data => false);
SELECT ivm.create_view('parts', 'SELECT k, x FROM t WHERE x > (SELECT avg(x) FROM t)', with_data => false);
SELECT ivm.create_view('total', 'SELECT count(*) AS n, sum(x) AS s FROM t', with_data => false);
SELECT view, (state(view)).* FROM unnest('{sums,bag,slices,joined,parts,total}'::regclass[]) view;
CALL ivm.rebuild('sums');
CALL ivm.rebuild('bag');
CALL ivm.rebuild('slices');
CALL ivm.rebuild('joined');
CALL ivm.rebuild('parts');
CALL ivm.rebuild('total');
SELECT view, (state(view)).*, wrong(view) FROM unnest('{sums,bag,slices,joined,parts,total}'::regclass[]) view;
SELECT operation, rows_inserted, rows_updated, rows_deleted FROM ivm.history WHERE view_name LIKE 'rebuild.sums' ORDER BY started_at;
UPDATE t SET k = k + 1, x = x + 1 WHERE id % 3 = 0;
DELETE FROM d WHERE k = 0;
SELECT view, wrong(view) FROM unnest('{sums,bag,slices,joined,parts,total}'::regclass[]) view;
-- a live view that is wrong, and one that is right
SELECT ivm.fold('sums') >= 0 AS folded;
SELECT state FROM ivm.view WHERE view = 'sums'::regclass \gset
DELETE FROM :state WHERE k = 3;
UPDATE :state SET row_count = row_count + 1 WHERE k = 4;
SELECT wrong('sums');
CALL ivm.rebuild('sums');
SELECT wrong('sums');
CALL ivm.rebuild('sums');
SELECT operation, rows_inserted, rows_updated, rows_deleted FROM ivm.history WHERE view_name LIKE 'rebuild.sums' ORDER BY started_at;
INSERT INTO t VALUES (2000, 3, 3);
SELECT wrong('sums');
-- a stale one, whose capture triggers have to be repaired
ALTER TABLE t DISABLE TRIGGER ivm_capture;
INSERT INTO t VALUES (2001, 3, 3);
SELECT (state('sums')).*;
CALL ivm.rebuild('sums');
INSERT INTO t VALUES (2002, 3, 3);
SELECT (state('sums')).*, wrong('sums');
SELECT (state('bag')).status;
CALL ivm.rebuild('bag');
SELECT wrong('bag');
-- one that has missed changes unnoticed is not read from its rows before the build is done
CREATE FUNCTION later(x int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN x; END $$;
SELECT ivm.create_view('guarded', 'SELECT later(k) AS k, count(*) AS n FROM d GROUP BY 1');
ALTER EVENT TRIGGER ivm_event_end DISABLE;
ALTER TABLE d DISABLE TRIGGER ivm_capture;
INSERT INTO d VALUES (21, 'missed');
ALTER EVENT TRIGGER ivm_event_end ENABLE ALWAYS;
CREATE OR REPLACE FUNCTION later(x int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RAISE 'not now'; END $$;
CALL ivm.rebuild('guarded');
CREATE OR REPLACE FUNCTION later(x int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN x; END $$;
SELECT (state('guarded')).status, (SELECT sum(n) = (SELECT count(*) FROM d) FROM guarded) AS exact;
CALL ivm.rebuild('guarded');
SELECT (state('guarded')).status, wrong('guarded');
-- errors of the definition leave all as it was
CREATE TABLE e (id int PRIMARY KEY, x int);
INSERT INTO e VALUES (1, 1), (2, 0);
SELECT ivm.create_view('quotients', 'SELECT 10 / x AS q, count(*) AS n FROM e GROUP BY 1', with_data => false);
CALL ivm.rebuild('quotients');
SELECT (state('quotients')).*;
SELECT building FROM ivm.view WHERE view = 'quotients'::regclass;
UPDATE e SET x = 2 WHERE id = 2;
CALL ivm.rebuild('quotients');
SELECT (state('quotients')).*, wrong('quotients');
-- what a build that died has left behind: writers append, nobody folds
UPDATE ivm.view SET building = true WHERE view = 'sums'::regclass;
ALTER TABLE t ALTER k SET STATISTICS 100;	-- has sessions derive their plans anew, as SQL on ivm.view does not
SELECT delta FROM ivm.view WHERE view = 'sums'::regclass \gset
INSERT INTO t SELECT i, i % 7, i FROM generate_series(3001, 3010) i;
DO 'BEGIN FOR i IN 3011 .. 3020 LOOP INSERT INTO rebuild.t VALUES (i, 1, 1); END LOOP; END';
SELECT count(*) FROM :delta WHERE slot <> 0;
SELECT wrong('sums'), (state('sums')).status;
SELECT ivm.fold('sums') > 0;
SELECT building FROM ivm.view WHERE view = 'sums'::regclass;
SELECT count(*) FROM :delta;
SELECT wrong('sums');
UPDATE ivm.view SET building = true WHERE view = 'sums'::regclass;
CALL ivm.run_due();
SELECT building FROM ivm.view WHERE view = 'sums'::regclass;
-- a prepared transaction is waited for
BEGIN;
INSERT INTO t VALUES (4001, 1, 1);
PREPARE TRANSACTION 'rebuild';
SET lock_timeout = '20ms';
CALL ivm.rebuild('sums');
RESET lock_timeout;
COMMIT PREPARED 'rebuild';
CALL ivm.rebuild('sums');
SELECT wrong('sums');
-- refused
SELECT ivm.create_view('later', 'SELECT k, count(*) AS n FROM t GROUP BY k', 'deferred');
CALL ivm.rebuild('later');
SELECT ivm.pause('total');
CALL ivm.rebuild('total');
CALL ivm.rebuild('t');
CALL ivm.rebuild(NULL);
BEGIN;
CALL ivm.rebuild('sums');
ROLLBACK;
DO $$ BEGIN CALL ivm.rebuild('rebuild.sums'); END $$;
CREATE ROLE regress_rebuild;
GRANT USAGE ON SCHEMA rebuild TO regress_rebuild;
SET ROLE regress_rebuild;
CALL ivm.rebuild('sums');
RESET ROLE;
-- in sessions whose default is another level
SET default_transaction_isolation = 'repeatable read';
CALL ivm.rebuild('sums');
SET default_transaction_isolation = 'serializable';
CALL ivm.rebuild('sums');
RESET default_transaction_isolation;
SELECT wrong('sums');
DROP SCHEMA rebuild CASCADE;
DROP ROLE regress_rebuild;
