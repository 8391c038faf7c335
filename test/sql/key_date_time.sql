-- Keys of types date, time, timetz, interval: 24 hours and a day are one interval,
-- a timetz keeps its zone.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_keys :srcdir /sql/include/change_keys.sql
\i :oracle
CREATE SCHEMA key_date_time;
SET search_path = key_date_time, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, k interval, v int);
SELECT make_view('grouped', 'SELECT k, count(*) AS n, sum(v) AS s FROM t GROUP BY k', 'values');
SELECT make_view('dates', $$SELECT date '2026-01-01' + v AS d, count(*) FROM t GROUP BY 1$$);
SELECT make_view('times', $$SELECT time '00:00' + k AS h, count(*) FROM t GROUP BY 1$$);
SELECT make_view('zoned', $$SELECT timetz '12:00+00' + k AS h, count(*) FROM t GROUP BY 1$$);
SELECT make_view('bag', 'SELECT k, v % 2 AS odd FROM t');
INSERT INTO t VALUES
	(1, '1 day', 3),
	(2, '24 hours', 6),
	(3, '1 mon', 9),
	(4, '30 days', 12),
	(5, NULL, 15),
	(6, '-1 day', 18),
	(7, '0', 21);
SELECT n, s FROM grouped ORDER BY k;
SELECT k, odd FROM bag ORDER BY k, odd, k::text;
\i :change_keys
DROP SCHEMA key_date_time CASCADE;
