-- Messages of errors may hold values of the tables. Who may not read a view sees none: not as the
-- reason why it is broken, nor as the reason why a refresh took its method.
\getenv srcdir PG_ABS_SRCDIR
\set no_worker :srcdir /sql/include/no_worker.sql
\set worker_again :srcdir /sql/include/worker_again.sql
\i :no_worker
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS ivm;
CREATE SCHEMA error_message_hidden;
SET search_path = error_message_hidden, public;
CREATE ROLE regress_ivm_reader;
CREATE ROLE regress_ivm_stranger;
GRANT USAGE ON SCHEMA error_message_hidden TO PUBLIC;
CREATE TABLE t (id int PRIMARY KEY, x text);
CREATE TABLE d (id int PRIMARY KEY, y text);
INSERT INTO d VALUES (1, 'secret'), (2, '7');
SELECT ivm.create_view('broken', 'SELECT x::int AS x, count(*) AS n FROM t GROUP BY 1', options => '{"on_error": "break"}');
-- a row of t that has gone meanwhile is joined with one of d that it has never met
SELECT ivm.create_view('passing', 'SELECT t.id, d.y::int + t.id AS sum FROM t JOIN d USING (id)', 'deferred');
GRANT SELECT ON broken, passing TO regress_ivm_reader;
INSERT INTO t VALUES (3, 'secret');
INSERT INTO t VALUES (1, '1');
UPDATE d SET y = '5' WHERE id = 1;
SELECT method, reason FROM ivm.refresh('passing');
CREATE FUNCTION seen(OUT status text, OUT broken text, OUT refreshed text[], OUT called text) LANGUAGE sql AS $$
	SELECT (SELECT status FROM ivm.views WHERE viewname = 'broken'), (SELECT reason FROM ivm.views WHERE viewname = 'broken'),
		   (SELECT array_agg(coalesce(reason, error)) FROM ivm.history WHERE view_name = 'error_message_hidden.passing' AND operation = 'refresh'),
		   (SELECT s.reason FROM ivm.views v, ivm._view_status(v.id) s WHERE v.viewname = 'broken') $$;
SELECT * FROM seen();
SET ROLE regress_ivm_reader;
SELECT * FROM seen();
SET ROLE regress_ivm_stranger;
SELECT * FROM seen();
RESET ROLE;
DROP SCHEMA error_message_hidden CASCADE;
DROP ROLE regress_ivm_reader, regress_ivm_stranger;
\i :worker_again
