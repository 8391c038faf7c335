-- Rows, and pairs of rows, that the definition has never met raise no error: they have come and gone since the
-- last refresh, or one had gone before the other one came.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
\set VERBOSITY terse
CREATE SCHEMA deferred_passing_error;
SET search_path = deferred_passing_error, ivm_test, public;
CREATE TABLE a (id int PRIMARY KEY, k int, x int);
CREATE TABLE b (k int PRIMARY KEY, y int);
INSERT INTO a SELECT i, i, 10 FROM generate_series(1, 20000) i WHERE i <> 7;
INSERT INTO b SELECT i, 1 FROM generate_series(1, 20000) i WHERE i <> 7;
CREATE INDEX ON a (k);
ANALYZE a, b;
SELECT ivm.create_view('joined', 'SELECT a.id, sum(x / y) AS s FROM a JOIN b USING (k) GROUP BY a.id', 'deferred');
CREATE FUNCTION differences() RETURNS bigint LANGUAGE sql AS $$
	WITH q AS (SELECT a.id, sum(x / y) AS s FROM a JOIN b USING (k) GROUP BY a.id)
	SELECT count(*) FROM ((TABLE joined EXCEPT ALL TABLE q) UNION ALL (TABLE q EXCEPT ALL TABLE joined)) d
$$;
INSERT INTO b VALUES (7, 0);
SELECT method FROM ivm.refresh('joined');
UPDATE b SET y = 1 WHERE k = 7;
INSERT INTO a VALUES (7, 7, 10);
SELECT method FROM ivm.refresh('joined', 'delta');
SELECT method, reason, rows_inserted FROM ivm.refresh('joined');
SELECT differences();
-- within a transaction block that goes on
INSERT INTO b VALUES (30000, 0);
SELECT method FROM ivm.refresh('joined');
UPDATE b SET y = 1 WHERE k = 30000;
INSERT INTO a VALUES (30000, 30000, 10);
BEGIN;
SELECT method, reason FROM ivm.refresh('joined');
SELECT differences();
INSERT INTO a VALUES (30001, 30000, 10);
COMMIT;
SELECT method FROM ivm.refresh('joined');
SELECT differences();
-- an error that the definition raises, too
UPDATE b SET y = 0 WHERE k = 1;
SELECT method FROM ivm.refresh('joined');
UPDATE b SET y = 1 WHERE k = 1;
SELECT method FROM ivm.refresh('joined');
SELECT differences();
-- more rows than are compared in memory
CREATE TABLE t (id int PRIMARY KEY, x int);
INSERT INTO t SELECT i, 1 FROM generate_series(1, 1000) i;
SELECT ivm.create_view('quotients', 'SELECT 1000000 / x AS q, count(*) AS n FROM t GROUP BY 1', 'deferred');
INSERT INTO t VALUES (0, 0);
INSERT INTO t SELECT i, 1 + i % 7 FROM generate_series(1001, 111000) i;
DELETE FROM t WHERE id = 0;
SELECT ivm.alter_view('quotients', '{"max_staleness": "0"}');
WITH q AS (SELECT 1000000 / x AS q, count(*) AS n FROM t GROUP BY 1)
SELECT count(*) FROM ((TABLE quotients EXCEPT ALL TABLE q) UNION ALL (TABLE q EXCEPT ALL TABLE quotients)) d;
SELECT count(*) FROM ivm.refresh('quotients');
WITH q AS (SELECT 1000000 / x AS q, count(*) AS n FROM t GROUP BY 1)
SELECT count(*) FROM ((TABLE quotients EXCEPT ALL TABLE q) UNION ALL (TABLE q EXCEPT ALL TABLE quotients)) d;
-- other errors are the refresh's, and caught by a block of the caller as any error is
CREATE FUNCTION even(x int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN IF x % 2 = 1 THEN RAISE 'odd: %', x; END IF; RETURN x; END $$;
CREATE TABLE n (x int);
INSERT INTO n SELECT 2 FROM generate_series(1, 1000);
SELECT ivm.create_view('evens', 'SELECT even(x) AS x, count(*) AS n FROM n GROUP BY 1', 'deferred');
INSERT INTO n VALUES (1);
CREATE TABLE kept (id int);
BEGIN;
INSERT INTO kept VALUES (1);
DO $$
BEGIN
	INSERT INTO kept VALUES (2);
	PERFORM ivm.refresh('evens');
EXCEPTION WHEN raise_exception THEN
	RAISE NOTICE 'caught: %', SQLERRM;
	INSERT INTO kept VALUES (3);
END $$;
SAVEPOINT s;
SELECT method FROM ivm.refresh('evens');
ROLLBACK TO s;
INSERT INTO kept VALUES (4);
COMMIT;
TABLE kept;
DROP SCHEMA deferred_passing_error CASCADE;
