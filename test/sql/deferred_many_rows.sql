-- So many logged rows that they are not kept, but evaluated as they are read.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA deferred_many_rows;
SET search_path = deferred_many_rows, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, k int, x int, unread text);
SELECT ivm.create_view('sums', 'SELECT k % 100 AS k, count(*) AS n, sum(x) AS s FROM t WHERE x % 3 > 0 GROUP BY 1', 'deferred');
SELECT ivm.create_view('many', 'SELECT k, count(*) AS n FROM t GROUP BY k', 'deferred');
SELECT ivm.create_view('extremes', 'SELECT k % 100 AS k, max(x) AS m FROM t GROUP BY 1', 'deferred');
CREATE FUNCTION differ() RETURNS bigint LANGUAGE sql AS $$
	WITH s AS (SELECT k % 100, count(*), sum(x) FROM t WHERE x % 3 > 0 GROUP BY 1),
		m AS (SELECT k, count(*) FROM t GROUP BY k),
		e AS (SELECT k % 100, max(x) FROM t GROUP BY 1)
	SELECT (SELECT count(*) FROM ((TABLE sums EXCEPT ALL TABLE s) UNION ALL (TABLE s EXCEPT ALL TABLE sums)) d)
		+ (SELECT count(*) FROM ((TABLE many EXCEPT ALL TABLE m) UNION ALL (TABLE m EXCEPT ALL TABLE many)) d)
		+ (SELECT count(*) FROM ((TABLE extremes EXCEPT ALL TABLE e) UNION ALL (TABLE e EXCEPT ALL TABLE extremes)) d)
$$;
INSERT INTO t SELECT i, i % 30000, i, i FROM generate_series(1, 120000) i;
UPDATE t SET x = x + 1, k = k + 1 WHERE id % 6 = 0;
DELETE FROM t WHERE k = 5;
SELECT view_name, method, rows_read, rows_inserted FROM ivm.refresh('sums', 'delta');
-- little memory: applied bit by bit
SET maintenance_work_mem = '1MB';
SELECT view_name, method, rows_read FROM ivm.refresh('many', 'delta');
RESET maintenance_work_mem;
SELECT view_name, method FROM ivm.refresh('extremes', 'delta');
SELECT differ();
-- a mark in the middle: what was evaluated before does not count
INSERT INTO t SELECT i, i, i FROM generate_series(200001, 310000) i;
TRUNCATE t;
INSERT INTO t SELECT i, i % 300, i FROM generate_series(1, 1000) i;
SELECT view_name, method, reason FROM ivm.refresh('sums', 'delta');
SELECT view_name, method, reason FROM ivm.refresh('many');
SELECT view_name, method FROM ivm.refresh_together('sums', 'extremes');
SELECT differ();
-- an error of the definition in the middle: nothing is taken in, and the next refresh is not harmed
SELECT ivm.create_view('quotients', 'SELECT 1000000 / x AS q, count(*) AS n FROM t GROUP BY 1', 'deferred');
INSERT INTO t SELECT i, i % 300, i FROM generate_series(1001, 111000) i;
INSERT INTO t VALUES (0, 0, 0);
SELECT view_name, method FROM ivm.refresh('quotients', 'delta');
UPDATE t SET x = 1 WHERE id = 0;
SELECT view_name, method FROM ivm.refresh('quotients', 'recompute');
INSERT INTO t SELECT -i, i % 300, i FROM generate_series(1, 110000) i;
SELECT view_name, method, rows_read FROM ivm.refresh('quotients', 'delta');
WITH q AS (SELECT 1000000 / x, count(*) FROM t GROUP BY 1)
SELECT count(*) FROM ((TABLE quotients EXCEPT ALL TABLE q) UNION ALL (TABLE q EXCEPT ALL TABLE quotients)) d;
DROP SCHEMA deferred_many_rows CASCADE;
