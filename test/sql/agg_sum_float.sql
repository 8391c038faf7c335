-- sum and avg over real and double precision, values that PostgreSQL itself sums
-- exactly.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_values :srcdir /sql/include/change_values.sql
\i :oracle
CREATE SCHEMA agg_sum_float;
SET search_path = agg_sum_float, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, g int, x4 float4, x8 float8);
CREATE TABLE src (LIKE t);
INSERT INTO src VALUES
	(1, 1, 0.5, 0.5),
	(2, 1, 0.25, 1024.125),
	(3, 1, -3, -3),
	(4, 2, 1.5, 1099511627776),
	(5, 2, 2.5, 0.5),
	(6, 3, NULL, NULL),
	(7, 3, 0, 0),
	(8, 4, '-0', '-0'),
	(9, NULL, 7, 7),
	(10, NULL, NULL, 8),
	(11, 5, NULL, NULL),
	(12, 6, 65536, 17592186044416);
SELECT make_view('sums', $$SELECT g, sum(x4) AS s4, sum(x8) AS s8 FROM t GROUP BY g$$);
SELECT make_view('avgs', $$SELECT g, avg(x4) AS a4, avg(x8) AS a8, sum(x8 * 2 + x4) AS e FROM t GROUP BY g$$);
SELECT make_view('global', $$SELECT sum(x4) AS s4, sum(x8) AS s8, avg(x4) AS a4, avg(x8) AS a8 FROM t WHERE x8 < 1e13$$);
\i :change_values
SELECT * FROM sums ORDER BY g;
DROP SCHEMA agg_sum_float CASCADE;
