-- The display scale of numeric sums and averages is that of the rows that are
-- there, not of those that were.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_values :srcdir /sql/include/change_values.sql
\i :oracle
CREATE SCHEMA agg_sum_numeric_scale;
SET search_path = agg_sum_numeric_scale, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, g int, x numeric);
CREATE TABLE src (LIKE t);
INSERT INTO src VALUES
	(1, 1, 1.0),
	(2, 1, 1.00),
	(3, 1, 1),
	(4, 2, 0.000),
	(5, 2, 5),
	(6, 3, 1e-30),
	(7, 3, 1e30),
	(8, 3, -1e30),
	(9, 4, 0),
	(10, 4, -0.00),
	(11, NULL, 12345678901234567890.123456789),
	(12, NULL, NULL),
	(13, 5, NULL),
	(14, 6, 1e100),
	(15, 6, 0.1);
SELECT make_view('sums', $$SELECT g, sum(x) AS s, avg(x) AS a, count(x) FROM t GROUP BY g$$);
SELECT make_view('global', $$SELECT sum(x) AS s, avg(x) AS a FROM t$$);
SELECT make_view('typmod', $$SELECT g, sum(x::numeric(40,3)) AS s, avg(x::numeric(40,3)) AS a FROM t WHERE abs(x) < 1e36 GROUP BY g$$);
\i :change_values
SELECT * FROM sums ORDER BY g;
DELETE FROM t WHERE x IN (1.00, 1e-30, 0.000) AND scale(x) > 1;
SELECT * FROM sums ORDER BY g;
SELECT * FROM check_views();
DROP SCHEMA agg_sum_numeric_scale CASCADE;
