-- CALL ivm.rebuild(..., keep => true) and ivm.rollback() of deferred views: what they show before a rebuild comes back, as of its
-- time, and stays until they are resumed.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
\set helpers :srcdir /sql/include/append.sql
\set VERBOSITY default
CREATE SCHEMA rollback_deferred;
SET search_path = rollback_deferred, public;
\i :helpers
CREATE TABLE t (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, k int, x numeric, doc text);
CREATE TABLE u (k int PRIMARY KEY, name text);
INSERT INTO t (k, x, doc) SELECT i % 10, i, repeat('x', i % 3) FROM generate_series(1, 100) i;
INSERT INTO u SELECT i, 'u' || i FROM generate_series(0, 9) i;
\set groups 'SELECT k, count(*) AS n, sum(x) AS s, min(x) AS least, array_agg(doc ORDER BY id) AS docs FROM t GROUP BY k'
\set bag 'SELECT k, doc, t.x > (SELECT avg(x) FROM t) AS large FROM t JOIN u USING (k) WHERE name <> ''u3'''
SELECT ivm.create_view('v', :'groups', 'deferred');
SELECT ivm.create_view('b', :'bag', 'deferred');
-- what they show now, to compare with later
CREATE FUNCTION note() RETURNS void LANGUAGE sql SET client_min_messages = error AS $$
	DROP TABLE IF EXISTS v_before, b_before;
	CREATE TABLE v_before AS TABLE v;
	CREATE TABLE b_before AS TABLE b;
$$;
CREATE VIEW changed AS
	SELECT (SELECT count(*) FROM differences('v', 'TABLE v_before')) AS v, (SELECT count(*) FROM differences('b', 'TABLE b_before')) AS b;
CREATE VIEW status AS
	SELECT viewname, status, regexp_replace(reason, 'to .*', 'to ...') AS reason, kept_as_of IS NOT NULL AS kept,
		kept_bytes > 0 AS takes_space, data_as_of < statement_timestamp() AS earlier
	FROM ivm.views WHERE schemaname = 'rollback_deferred';

-- nothing is kept yet
SELECT * FROM ivm.rollback('v');
CALL ivm.rebuild('v');
SELECT * FROM ivm.rollback('v');
SELECT note();
SELECT ivm.data_as_of('v') AS v_as_of, ivm.data_as_of('b') AS b_as_of \gset

-- rows that should not have come, and others that go
INSERT INTO t (k, x, doc) SELECT i % 12, -i, 'bad' FROM generate_series(1, 50) i;
DELETE FROM t WHERE k = 4;
UPDATE u SET name = 'u3' WHERE k = 5;
DELETE FROM u WHERE k = 6;
CALL ivm.rebuild('v', keep => true);
CALL ivm.rebuild('b', keep => true);
TABLE changed;
TABLE status ORDER BY 1;
SELECT kept_as_of = :'v_as_of' FROM ivm.views WHERE view = 'v'::regclass;
-- refreshes go on, and what is kept stays what it is
INSERT INTO t (k, x, doc) VALUES (1, 1, 'more');
SELECT * FROM refreshed('v');
SELECT * FROM refreshed('b', 'recompute');
SELECT * FROM ivm.rollback('v');
SELECT * FROM ivm.rollback('b');
TABLE changed;
TABLE status ORDER BY 1;
SELECT ivm.data_as_of('v') = :'v_as_of', ivm.data_as_of('b') = :'b_as_of';
SELECT part, construct, strategy, write_cost, note, code FROM ivm.explain_view('v') WHERE part = 'status';
SELECT view_name, operation, method, regexp_replace(reason, 'to .*', 'to ...') AS reason, rows_inserted, rows_updated, rows_deleted
FROM ivm.history WHERE operation = 'rollback' AND view_name LIKE 'rollback_deferred.%' ORDER BY id;
-- it is gone by that
SELECT * FROM ivm.rollback('v');
SELECT count(*) FROM ivm.generation;
SELECT relname FROM pg_class WHERE relnamespace = 'ivm_data'::regnamespace AND relname LIKE '%kept';

-- the view stays what it is: nothing that is refreshed takes that back
INSERT INTO t (k, x, doc) VALUES (2, 2, 'later');
\set VERBOSITY terse
SELECT ivm.refresh('v');
SELECT ivm.refresh_together('v', 'b');
SELECT ivm.pause('v');
\set VERBOSITY default
CALL ivm.refresh_all('rollback_deferred.%');
SELECT ivm.alter_view('v', '{"refresh": "on change", "max_staleness": "0"}');
CALL ivm.run_due();
TABLE changed;
SELECT ivm.wait_for('v', now(), '0');
-- verify_view tells what resuming it would change
SELECT count(*) > 0 FROM ivm.verify_view('v');
-- nor does what becomes of its tables
ALTER TABLE t DISABLE TRIGGER ivm_capture;
TRUNCATE u;
TABLE changed;
ALTER TABLE t ENABLE ALWAYS TRIGGER ivm_capture;
TABLE changed;

-- on from there
SELECT ivm.alter_view('v', '{"refresh": "on demand", "max_staleness": null}');
SELECT * FROM ivm.resume('v');
SELECT * FROM differences('v', :'groups');
CALL ivm.rebuild('b', keep => true);
SELECT * FROM differences('b', :'bag');
INSERT INTO t (k, x, doc) VALUES (2, 2, 'later');
INSERT INTO u SELECT i, 'u' || i FROM generate_series(0, 9) i;
SELECT method FROM refreshed('v', 'delta');
SELECT method FROM refreshed('b');
SELECT * FROM differences('v', :'groups');
SELECT * FROM differences('b', :'bag');
TABLE status ORDER BY 1;
-- the rebuild of one that was rolled back has kept that
SELECT count(*) > 0 FROM ivm.rollback('b');
TABLE changed;
TABLE status ORDER BY 1;
SELECT count(*) > 0 FROM ivm.reconcile('b');
SELECT * FROM differences('b', :'bag');
SELECT note();

-- a rebuild that is refused, and a transaction that is, leave what is kept and what is shown
CALL ivm.rebuild('v', keep => true);
INSERT INTO t (k, x, doc) VALUES (100, 1, 'x');
CALL ivm.rebuild('v', '{"max_rows": 1}', true);
CALL ivm.rebuild('v', '{"max_rows": 1}');
SELECT kept_as_of IS NOT NULL FROM ivm.views WHERE view = 'v'::regclass;
BEGIN;
SELECT method FROM refreshed('v');
SELECT count(*) FROM ivm.rollback('v');
TABLE changed;
SELECT * FROM ivm.rollback('v');
ROLLBACK;
TABLE changed;
TABLE status ORDER BY 1;
-- with changes of the own transaction; in one that has not ended before it was resumed
BEGIN;
INSERT INTO t (k, x, doc) VALUES (100, 2, 'x');
SELECT count(*) FROM ivm.rollback('v');
TABLE changed;
SAVEPOINT s;
DELETE FROM t WHERE k = 100 AND x = 2;
ROLLBACK TO s;
COMMIT;
TABLE changed;
SELECT count(*) FROM ivm.resume('v');
SELECT * FROM differences('v', :'groups');
-- a rebuild without keep ends it
CALL ivm.rebuild('v', keep => true);
CALL ivm.rebuild('v');
SELECT * FROM ivm.rollback('v');
SELECT count(*) FROM ivm.generation;

-- a stale view has no rows to keep, but can go back to what was kept before
CALL ivm.rebuild('v', keep => true);
SELECT note();
SET client_min_messages = error;
ALTER TABLE t DISABLE TRIGGER ivm_capture;
ALTER TABLE t ENABLE ALWAYS TRIGGER ivm_capture;
RESET client_min_messages;
INSERT INTO t (k, x, doc) VALUES (7, 7, 'x');
CALL ivm.rebuild('v', keep => true);
SELECT count(*) FROM ivm.rollback('v');
SELECT v FROM changed;
SELECT count(*) FROM ivm.resume('v');
SELECT count(*) FROM ivm.reconcile('b');
SELECT ivm.create_view('never', 'SELECT count(*) FROM t', 'deferred', with_data => false);
CALL ivm.rebuild('never', keep => true);
CALL ivm.rebuild('never', keep => NULL);
-- an immediate one has none either
SELECT ivm.create_view('i', 'SELECT k, sum(x) AS s FROM t GROUP BY k');
CALL ivm.rebuild('i', keep => true);
SELECT * FROM ivm.rollback('i');
SELECT * FROM ivm.rollback('t');
SELECT * FROM ivm.rollback(NULL);

-- made immediate, what is kept is gone, and so is what was rolled back
CALL ivm.rebuild('v', keep => true);
SELECT note();
INSERT INTO t (k, x, doc) VALUES (8, 8, 'x');
SELECT method FROM refreshed('v');
SELECT count(*) FROM ivm.rollback('v');
SELECT ivm.alter_view('v', '{"mode": "immediate"}');
SELECT status, reason FROM status WHERE viewname = 'v';
SELECT * FROM differences('v', :'groups');
SELECT ivm.alter_view('v', '{"mode": "deferred"}');
SELECT * FROM differences('v', :'groups');
SELECT count(*) FROM ivm.resume('v');
CALL ivm.rebuild('v', keep => true);
SELECT ivm.alter_view('v', '{"mode": "immediate"}');
SELECT ivm.alter_view('v', '{"mode": "deferred"}');
SELECT count(*) FROM ivm.generation;

-- a table that is altered between
SELECT note();
CALL ivm.rebuild('v', keep => true);
CALL ivm.rebuild('b', keep => true);
SELECT count(*) FROM ivm.generation;
BEGIN;
SELECT ivm.before_alter('t', 'x');
ALTER TABLE t ALTER x TYPE bigint;
ROLLBACK;
SELECT count(*) FROM ivm.generation;
INSERT INTO t (k, x, doc) VALUES (9, 9, 'x');
SELECT count(*) FROM ivm.refresh_together('v', 'b');
SELECT count(*) FROM ivm.rollback('v') r1, ivm.rollback('b') r2;
TABLE changed;
ALTER TABLE u ADD COLUMN more int;
ALTER TABLE u DROP COLUMN more;
ALTER TABLE t RENAME COLUMN x TO y;
TABLE changed;
ALTER TABLE t RENAME COLUMN y TO x;
BEGIN;
SET LOCAL client_min_messages = error;
SELECT ivm.before_alter('u', 'name');
ALTER TABLE u ALTER name TYPE varchar(10);
SELECT ivm.after_alter();
COMMIT;
-- of what was altered, the rows of before are gone
TABLE status ORDER BY 1;
SELECT v FROM changed;
SELECT * FROM differences('b', :'bag');
SELECT count(*) FROM ivm.resume('b');
SELECT * FROM differences('b', :'bag');
-- rows written into its storage by hand are none that were kept
SELECT format('INSERT INTO %s SELECT -1000, 1', state) AS by_hand FROM ivm.view WHERE view = 'v'::regclass \gset
\set VERBOSITY terse
:by_hand;
SELECT status, reason FROM status WHERE viewname = 'v';
SELECT * FROM differences('v', :'groups');
\set VERBOSITY default

-- replaced, or dropped, nothing is left
SELECT count(*) FROM ivm.resume('v');
CALL ivm.rebuild('v', keep => true);
\set groups :groups ' HAVING count(*) > 0'
SELECT ivm.create_view('v', :'groups', 'deferred', options => '{"replace": true}');
SELECT count(*) FROM ivm.generation;
CALL ivm.rebuild('b', keep => true);
CALL ivm.rebuild('v', keep => true);
DROP VIEW changed;
DROP FUNCTION note();
DROP VIEW v;
SELECT ivm.drop_view('b', keep => 'table');
SELECT count(*) FROM ivm.generation;
SELECT relname FROM pg_class WHERE relnamespace = 'ivm_data'::regnamespace AND relname LIKE '%kept';

-- others may not
CREATE ROLE rollback_deferred_reader;
SELECT ivm.create_view('v', :'groups', 'deferred');
GRANT USAGE ON SCHEMA rollback_deferred TO rollback_deferred_reader;
GRANT SELECT ON v TO rollback_deferred_reader;
CALL ivm.rebuild('v', keep => true);
SET ROLE rollback_deferred_reader;
SELECT * FROM ivm.rollback('v');
CALL ivm.rebuild('v', keep => true);
SELECT kept_as_of IS NOT NULL FROM ivm.views WHERE view = 'v'::regclass;
RESET ROLE;
-- what is kept is the extension's, also to who owns the view
ALTER VIEW v OWNER TO rollback_deferred_reader;
GRANT SELECT, TRIGGER ON t TO rollback_deferred_reader;
SET ROLE rollback_deferred_reader;
\set VERBOSITY terse
SELECT count(*) FROM pg_tables WHERE schemaname = 'ivm_data' AND tablename LIKE '%kept' AND tableowner <> 'rollback_deferred_reader';
DO $$
DECLARE
	kept regclass := (SELECT c.oid FROM pg_class c WHERE relnamespace = 'ivm_data'::regnamespace AND relname LIKE '%kept');
	command text;
BEGIN
	FOREACH command IN ARRAY ARRAY['DROP TABLE %s', 'TABLE %s', 'DELETE FROM %s'] LOOP
		BEGIN
			EXECUTE format(command, kept);
		EXCEPTION WHEN insufficient_privilege THEN
			RAISE NOTICE '%: refused', command;
		END;
	END LOOP;
END $$;
\set VERBOSITY default
SELECT count(*) FROM ivm.rollback('v');
CALL ivm.rebuild('v', keep => true);
RESET ROLE;
DO $$
BEGIN
	EXECUTE 'DROP TABLE ' || (SELECT rows::regclass FROM ivm.generation);
EXCEPTION WHEN dependent_objects_still_exist THEN
	RAISE NOTICE 'the extension requires it';
END $$;
DROP OWNED BY rollback_deferred_reader;
SELECT count(*) FROM ivm.generation;
SELECT relname FROM pg_class WHERE relnamespace = 'ivm_data'::regnamespace AND relname LIKE '%kept';
DROP ROLE rollback_deferred_reader;

SET client_min_messages = warning;
DROP SCHEMA rollback_deferred CASCADE;
