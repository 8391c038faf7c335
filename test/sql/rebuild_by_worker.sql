-- Option build: the worker, or ivm.run_due(), fills a new view while its tables are written.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
\set VERBOSITY terse
CREATE SCHEMA rebuild_by_worker;
SET search_path = rebuild_by_worker, ivm_test, public;
SET client_min_messages = warning;
CREATE TABLE t (id int PRIMARY KEY, k int, x int);
CREATE INDEX ON t (k);
INSERT INTO t SELECT i, i % 7, i FROM generate_series(1, 1000) i;
CREATE FUNCTION wrong(view regclass) RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM ivm.verify_view(view)';
-- the worker may be at it, too
CREATE PROCEDURE wait_for(view regclass, wanted text) LANGUAGE plpgsql AS $$
DECLARE status text;
BEGIN
	FOR i IN 1 .. 600 LOOP
		CALL ivm.run_due();
		SELECT v.status INTO status FROM ivm.views v WHERE v.view = wait_for.view;
		EXIT WHEN status = wanted;
		PERFORM pg_sleep(0.05);
	END LOOP;
	RAISE WARNING '% is %', view, status;
END $$;
-- beside changes of the same transaction
BEGIN;
INSERT INTO t VALUES (2001, 1, 1);
SELECT ivm.create_view('sums', 'SELECT k, count(*) AS n, sum(x) AS s FROM t GROUP BY k', options => '{"build": "online", "fillfactor": 70}');
INSERT INTO t VALUES (2002, 1, 1);
SELECT n FROM sums WHERE k = 1;
SELECT status FROM ivm.views WHERE viewname = 'sums';
COMMIT;
CALL wait_for('sums', 'ready');
INSERT INTO t VALUES (2003, 1, 1);
SELECT wrong('sums'), options FROM ivm.views WHERE viewname = 'sums';
SELECT operation, rows_inserted FROM ivm.history WHERE view_name = 'rebuild_by_worker.sums' ORDER BY started_at;
SELECT count(*) FROM ivm.schedule s JOIN ivm.view v ON v.id = s.view_id WHERE v.view = 'sums'::regclass;
-- with subqueries that are kept by themselves
SELECT ivm.create_view('parts', 'SELECT k, x FROM t WHERE x > (SELECT avg(x) FROM t)', options => '{"build": "online"}');
CALL wait_for('parts', 'ready');
DELETE FROM t WHERE id < 10;
SELECT wrong('parts');
-- a deferred view: it is refreshed on schedule when it is filled
BEGIN;
SELECT ivm.create_view('later', 'SELECT k, count(*) AS n FROM t GROUP BY k', 'deferred', options => '{"build": "online", "refresh": "1 hour"}');
SELECT operation FROM ivm.schedule s JOIN ivm.view v ON v.id = s.view_id WHERE v.view = 'later'::regclass;
COMMIT;
CALL wait_for('later', 'ready');
SELECT operation FROM ivm.schedule s JOIN ivm.view v ON v.id = s.view_id WHERE v.view = 'later'::regclass;
INSERT INTO t VALUES (2004, 1, 1);
SELECT method, rows_read FROM ivm.refresh('later', 'delta');
SELECT wrong('later');
-- somebody else fills it first
BEGIN;
SELECT ivm.create_view('filled', 'SELECT k, count(*) AS n FROM t GROUP BY k', options => '{"build": "online"}');
SELECT method FROM ivm.refresh('filled');
COMMIT;
CALL wait_for('filled', 'ready');
SELECT count(*) FROM ivm.schedule s JOIN ivm.view v ON v.id = s.view_id WHERE v.view = 'filled'::regclass AND due_at < now();
-- an error of the definition: tried again later
CREATE TABLE e (id int PRIMARY KEY, x int);
INSERT INTO e VALUES (1, 0);
SELECT ivm.create_view('quotients', 'SELECT 10 / x AS q, count(*) AS n FROM e GROUP BY 1', options => '{"build": "online"}');
SET client_min_messages = error;
DO $$
BEGIN
	FOR i IN 1 .. 600 LOOP
		CALL ivm.run_due();
		EXIT WHEN (SELECT failures > 0 FROM ivm.schedule s JOIN ivm.view v ON v.id = s.view_id WHERE v.view = 'quotients'::regclass);
		PERFORM pg_sleep(0.05);
	END LOOP;
END $$;
SET client_min_messages = warning;
SELECT v.status, building, s.operation, failures > 0 AS failed, last_error, due_at > now() + interval '5 s' AS later
	FROM ivm.schedule s JOIN ivm.view v ON v.id = s.view_id WHERE v.view = 'quotients'::regclass;
UPDATE e SET x = 1;
UPDATE ivm.schedule SET due_at = '2020-01-01' WHERE operation = 'build';
CALL wait_for('quotients', 'ready');
SELECT wrong('quotients');
-- options
SELECT ivm.create_view('v', 'SELECT count(*) FROM t', with_data => false, options => '{"build": "online"}');
SELECT status, options FROM ivm.views WHERE viewname = 'v';
DROP VIEW v;
SELECT ivm.create_view('v', 'SELECT count(*) FROM t', options => '{"build": "now"}');
SELECT status, options FROM ivm.views WHERE viewname = 'v';
SELECT ivm.create_view('w', 'SELECT count(*) FROM t', 'append', options => '{"build": "online"}');
SELECT ivm.create_view('w', 'SELECT count(*) FROM t', options => '{"build": "soon"}');
SELECT ivm.alter_view('v', '{"build": "online"}');
DROP SCHEMA rebuild_by_worker CASCADE;
