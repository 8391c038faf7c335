-- ivm.rebuild(validate => ...): what must hold of the new rows, or nothing changes, in every mode.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
\set VERBOSITY default
CREATE SCHEMA rebuild_validate;
SET search_path = rebuild_validate, ivm_test, public;
CREATE TABLE t (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, k int, x int, doc json);
INSERT INTO t (k, x, doc) SELECT i % 10, i, '{}' FROM generate_series(1, 100) i;
SELECT ivm.create_view('v', 'SELECT k, count(*) AS n, sum(x) AS s FROM t GROUP BY k');
SELECT state FROM ivm.view WHERE view = 'v'::regclass \gset
CREATE FUNCTION shown(view regclass) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	EXECUTE format('SELECT count(*) || '' rows, sum '' || sum(s) FROM %s', view) INTO result;
	RETURN result || ', wrong ' || (SELECT count(*) FROM ivm.verify_view(view));
END $$;

-- all is well
CALL ivm.rebuild('v', '{}');
CALL ivm.rebuild('v', '{"min_rows": 10, "max_rows": 10, "max_change": 0, "verify": true,
	"check": "(SELECT sum(s) FROM new) = (SELECT sum(s) FROM old)"}');

-- three rows of ten are wrong: a rebuild would change them
UPDATE :state SET row_count = 100 WHERE k IN (1, 2);
DELETE FROM :state WHERE k = 3;
SELECT shown('v');
CALL ivm.rebuild('v', '{"max_change": 0.2, "min_rows": 1}');
CALL ivm.rebuild('v', '{"min_rows": 11}');
CALL ivm.rebuild('v', '{"max_rows": 9}');
CALL ivm.rebuild('v', '{"check": "(SELECT sum(n) FROM new) > 0.9 * (SELECT sum(n) FROM old)"}');
CALL ivm.rebuild('v', '{"check": "(SELECT count(*) FROM new) = NULL"}');
SELECT shown('v');
-- what others have committed since is in both
INSERT INTO t (k, x) VALUES (20, 1), (21, 1), (22, 1);
CALL ivm.rebuild('v', '{"max_change": 0.25, "verify": true, "check": "(SELECT count(*) FROM old) = 12 AND (SELECT count(*) FROM new) = 13"}');
SELECT shown('v');

-- a condition that cannot be, found before anything is done
CALL ivm.rebuild('v', '{"check": "SELECT 1"}');
CALL ivm.rebuild('v', '{"check": "(SELECT sum(nonsense) FROM new) > 1"}');
CALL ivm.rebuild('v', '{"check": "1"}');
CALL ivm.rebuild('v', '{"check": "true FROM new"}');
CALL ivm.rebuild('v', '{"check": "true; DROP TABLE t"}');
CALL ivm.rebuild('v', '{"check": ""}');
\set VERBOSITY terse
CALL ivm.rebuild('v', '{"check": "1 / (SELECT count(*) - 13 FROM new) = 1"}');
\set VERBOSITY default
-- and other wrong arguments
CALL ivm.rebuild('v', '{"check": 1}');
CALL ivm.rebuild('v', '{"max_change": 2}');
CALL ivm.rebuild('v', '{"max_change": "10 %"}');
CALL ivm.rebuild('v', '{"max_change": 1e400}');
CALL ivm.rebuild('v', '{"min_rows": -1}');
CALL ivm.rebuild('v', '{"min_rows": 1.5}');
CALL ivm.rebuild('v', '{"verify": "yes"}');
CALL ivm.rebuild('v', '{"max_changes": 0.1}');
CALL ivm.rebuild('v', '[]');
CALL ivm.rebuild('v', NULL);
BEGIN;
CALL ivm.rebuild('v', '{}');
ROLLBACK;

-- views that were not read from their rows: what their queries give is before and after
SELECT ivm.create_view('fresh', 'SELECT k, sum(x) AS s FROM t GROUP BY k', with_data => false);
CALL ivm.rebuild('fresh', '{"min_rows": 100}');
SELECT status FROM ivm.views WHERE viewname = 'fresh';
CALL ivm.rebuild('fresh', '{"min_rows": 13, "max_change": 0}');
SELECT status FROM ivm.views WHERE viewname = 'fresh';
SELECT shown('fresh');

-- columns without equality, views with parts, rows without groups
SELECT ivm.create_view('docs', 'SELECT id, doc FROM t WHERE x > (SELECT avg(x) FROM t)');
CALL ivm.rebuild('docs', '{"max_change": 0, "verify": true}');
SELECT ivm.create_view('nothing', 'SELECT k, x AS s FROM t WHERE false');
CALL ivm.rebuild('nothing', '{"max_change": 0, "max_rows": 0}');
CALL ivm.rebuild('nothing', '{"min_rows": 1}');

-- deferred views: what a rebuild shows is more than what they showed
SELECT ivm.create_view('later', 'SELECT k, sum(x) AS s FROM t GROUP BY k', 'deferred');
INSERT INTO t (k, x) SELECT i, 1000 FROM generate_series(30, 39) i;
CALL ivm.rebuild('later', '{"max_change": 0.5}');
SELECT count(*) FROM later;
CALL ivm.rebuild('later', '{"max_change": 1, "check": "(SELECT count(*) FROM new) = (SELECT count(*) FROM old) + 10"}');
SELECT count(*) FROM later;

-- one that was never filled leaves no log behind
CREATE TABLE u AS SELECT i AS k FROM generate_series(1, 5) i;
SELECT ivm.create_view('never', 'SELECT k, count(*) AS s FROM u GROUP BY k', 'deferred', with_data => false);
CALL ivm.rebuild('never', '{"min_rows": 6}');
SELECT count(*) AS segments FROM ivm.change_log WHERE base = 'u'::regclass;
INSERT INTO u VALUES (6);
CALL ivm.rebuild('never', '{"min_rows": 6}');
INSERT INTO u VALUES (7);
SELECT method, rows_read FROM ivm.refresh('never', 'delta');
SELECT shown('never');

-- append views: the rows that a rebuild would lose
SELECT ivm.create_view('history', 'SELECT k, sum(x) AS s FROM t GROUP BY k', 'append', options => '{"watermark": "id", "overlap": 0}');
DELETE FROM t WHERE k < 5;
SELECT count(*) FROM history;
CALL ivm.rebuild('history', '{"max_change": 0.1}');
SELECT count(*) FROM history;
CALL ivm.rebuild('history', '{"max_change": 0.9}');
SELECT count(*) FROM history;
SELECT view_name, operation, error FROM ivm.history WHERE view_name LIKE 'rebuild_validate.%' AND error IS NOT NULL ORDER BY id;

-- rows of the history are such that a dump of them can be restored
BEGIN;
UPDATE ivm.run SET operation = operation;
ROLLBACK;
SET client_min_messages = error;
DROP SCHEMA rebuild_validate CASCADE;
