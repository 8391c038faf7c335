-- A composite type gets other attributes: values of it that were groups have other hashes, and
-- some of them are equal then.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA key_composite_altered;
SET search_path = key_composite_altered, ivm_test, public;
\set VERBOSITY terse
CREATE TYPE inside AS (a int, b text);
CREATE TYPE around AS (i inside, n int);
CREATE DOMAIN named AS inside;
CREATE TABLE t (id int PRIMARY KEY, c inside, d around, l inside[], e named, x int);
INSERT INTO t SELECT n, ROW(n % 3, 'x' || n % 2)::inside, ROW(ROW(n % 2, 'y' || n % 3)::inside, n % 2)::around,
	ARRAY[ROW(n % 3, 'z' || n % 2)::inside], ROW(n % 3, 'x' || n % 2)::inside::named, n FROM generate_series(1, 12) n;
SELECT make_view('groups', 'SELECT c, count(*) AS n, sum(x) AS s FROM t GROUP BY c');
SELECT make_view('deep', 'SELECT d, count(*) AS n FROM t GROUP BY d');
SELECT make_view('lists', 'SELECT l, count(*) AS n FROM t GROUP BY l');
SELECT make_view('domains', 'SELECT e, count(*) AS n FROM t GROUP BY e');
SELECT make_view('bag', 'SELECT c, x % 2 AS m FROM t');
SELECT make_view('kinds', 'SELECT x % 2 AS m, count(DISTINCT c) AS n FROM t GROUP BY 1');
SELECT make_view('joined', 'SELECT a.c, count(*) AS n FROM t a LEFT JOIN t b ON a.c = b.c AND a.id < b.id GROUP BY a.c');
SELECT make_view('fields', 'SELECT (c).a, count(*) AS n FROM t GROUP BY 1');
ALTER TYPE inside ADD ATTRIBUTE z int CASCADE;
SELECT viewname, status, reason FROM ivm.views ORDER BY 1;
UPDATE t SET c = ROW(2, 'x0', NULL), d = ROW(ROW(1, 'y0', NULL)::inside, 1), l = ARRAY[ROW(2, 'z0', NULL)::inside] WHERE id < 5;
SELECT * FROM check_views();
CALL ivm.refresh_all();
UPDATE t SET c = ROW(2, 'x0', 5), e = ROW(2, 'x0', 5)::inside WHERE id > 9;
SELECT * FROM check_views();
ALTER TYPE inside DROP ATTRIBUTE b CASCADE;
SELECT * FROM check_views();
UPDATE t SET c = ROW(2, 5), d = ROW(ROW(1, NULL)::inside, 1), x = x + 1 WHERE id BETWEEN 3 AND 7;
SELECT * FROM check_views();
CALL ivm.refresh_all();
SELECT viewname, status FROM ivm.views WHERE status <> 'ready';
UPDATE t SET c = ROW(2, 6), d = ROW(ROW(1, NULL)::inside, 0), x = x + 1 WHERE id < 5;
DELETE FROM t WHERE id > 7;
SELECT * FROM check_views();
SET client_min_messages = warning;
DROP SCHEMA key_composite_altered CASCADE;
