-- The change log: which rows are in it, and which are not.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
\set VERBOSITY terse
CREATE SCHEMA deferred_log;
SET search_path = deferred_log, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, k int, v text, unread text);
CREATE TABLE d (k int PRIMARY KEY, name text, unread int);
CREATE FUNCTION log_of(base regclass) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	s	regclass;
BEGIN
	FOR s IN SELECT segment FROM ivm.change_log l WHERE l.base = log_of.base ORDER BY segment LOOP
		RETURN QUERY EXECUTE format('SELECT (to_jsonb(l) - ''xid'')::text FROM %s l ORDER BY (to_jsonb(l) - ''xid'')::text COLLATE "C"', s);
		EXECUTE format('DELETE FROM %s', s);
	END LOOP;
END $$;
SELECT ivm.create_view('one', 'SELECT k, count(*) AS n, max(v) AS m FROM t GROUP BY k', 'deferred');
SELECT base, current, columns, closed_xid FROM ivm.change_log WHERE base IN ('t'::regclass, 'd'::regclass);
-- one transaction is what it changes on balance
INSERT INTO t VALUES (1, 1, 'a'), (2, 1, 'b'), (3, NULL, NULL);
SELECT log_of('t');
UPDATE t SET unread = 'x';
SELECT log_of('t');
UPDATE t SET v = v || '!' WHERE id = 1;
SELECT log_of('t');
BEGIN;
UPDATE t SET k = 5;
INSERT INTO t VALUES (4, 4, 'x');
UPDATE t SET k = CASE WHEN id = 3 THEN NULL WHEN id < 3 THEN 1 ELSE k END;
DELETE FROM t WHERE id = 4;
COMMIT;
SELECT log_of('t');
BEGIN;
INSERT INTO t VALUES (5, 5, 'kept');
SAVEPOINT a;
INSERT INTO t VALUES (6, 6, 'undone');
SAVEPOINT b;
DELETE FROM t WHERE id = 1;
RELEASE b;
ROLLBACK TO a;
INSERT INTO t VALUES (7, 7, 'kept');
RELEASE a;
COMMIT;
SELECT log_of('t');
BEGIN;
DELETE FROM t;
ROLLBACK;
SELECT log_of('t');
COPY t (id, k, v) FROM STDIN;
8	8	copied
9	\N	copied
\.
SELECT log_of('t');
TRUNCATE t;
INSERT INTO t VALUES (1, 1, 'after');
SELECT log_of('t');
BEGIN;
TRUNCATE t;
ROLLBACK;
SELECT log_of('t');
-- a view that reads more: one log, with its columns and the primary key
SELECT ivm.create_view('two', 'SELECT name, count(t.unread) AS n FROM t JOIN d USING (k) GROUP BY name', 'deferred');
SELECT base, current, columns FROM ivm.change_log WHERE base IN ('t'::regclass, 'd'::regclass) ORDER BY segment;
INSERT INTO d VALUES (1, 'one', 1);
UPDATE t SET unread = 'y';
SELECT log_of('t');
SELECT log_of('d');
-- an immediate view beside it sees the same rows
SELECT ivm.create_view('three', 'SELECT name, count(*) AS n FROM t JOIN d USING (k) GROUP BY name');
INSERT INTO t VALUES (10, 1, 'both');
SELECT log_of('t');
TABLE three;
-- long values, large transactions
INSERT INTO t SELECT 11, 1, string_agg(md5(i::text), '') FROM generate_series(1, 1000) i;
INSERT INTO t SELECT i, i, i FROM generate_series(1000, 5000) i;
SELECT length(l::jsonb->>'v') > 30000 AS long, count(*) FROM log_of('t') l GROUP BY 1 ORDER BY 1;
-- nobody reads the table any more
SELECT ivm.drop_view('one'), ivm.drop_view('two'), ivm.drop_view('three');
SELECT count(*) FROM ivm.change_log WHERE base IN ('t'::regclass, 'd'::regclass);
-- columns may have the log's own names
CREATE TABLE odd (xid int, sign text, "_xid" int);
SELECT ivm.create_view('v', 'SELECT xid, sign, "_xid" FROM odd', 'deferred');
INSERT INTO odd VALUES (1, 'a', 2);
SELECT regexp_replace(l, '"__xid": "\d+", ', '') FROM log_of('odd') l;
DROP SCHEMA deferred_log CASCADE;
