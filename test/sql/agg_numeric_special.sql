-- NaN and infinities in numeric sums, averages, variances: gone without a trace when
-- their rows are.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_values :srcdir /sql/include/change_values.sql
\i :oracle
CREATE SCHEMA agg_numeric_special;
SET search_path = agg_numeric_special, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, g int, x numeric);
CREATE TABLE src (LIKE t);
INSERT INTO src VALUES
	(1, 1, 'NaN'),
	(2, 1, 1.5),
	(3, 2, 'Infinity'),
	(4, 2, 2.25),
	(5, 3, '-Infinity'),
	(6, 3, 'Infinity'),
	(7, 3, 1),
	(8, 4, 'NaN'),
	(9, 4, 'Infinity'),
	(10, 4, 3),
	(11, NULL, '-Infinity'),
	(12, NULL, 4),
	(13, 5, 7),
	(14, 6, 'Infinity'),
	(15, 6, 'Infinity');
SELECT make_view('sums', $$SELECT g, sum(x) AS s, avg(x) AS a FROM t GROUP BY g$$);
SELECT make_view('extremes', $$SELECT g, min(x), max(x) FROM t GROUP BY g$$);
SELECT make_view('variances', $$SELECT g, variance(x) AS v, stddev_pop(x) AS s FROM t GROUP BY g$$);
\i :change_values
SELECT * FROM sums ORDER BY g;
DELETE FROM t WHERE x IN ('NaN', 'Infinity', '-Infinity');
SELECT * FROM sums ORDER BY g;
SELECT * FROM check_views();
DROP SCHEMA agg_numeric_special CASCADE;
