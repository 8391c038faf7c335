-- sum and avg over smallint, int and bigint, up to their ends: the sums do not
-- overflow.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_values :srcdir /sql/include/change_values.sql
\i :oracle
CREATE SCHEMA agg_sum_integer;
SET search_path = agg_sum_integer, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, g int, x2 smallint, x4 int, x8 bigint);
CREATE TABLE src (LIKE t);
INSERT INTO src VALUES
	(1, 1, 32767, 2147483647, 9223372036854775807),
	(2, 1, 32767, 2147483647, 9223372036854775807),
	(3, 1, -1, -1, -1),
	(4, 2, -32768, -2147483648, -9223372036854775808),
	(5, 2, -32768, -2147483648, -9223372036854775808),
	(6, 3, NULL, NULL, NULL),
	(7, 3, 0, 0, 0),
	(8, NULL, 7, 7, 7),
	(9, NULL, NULL, 8, NULL),
	(10, 4, NULL, NULL, NULL);
SELECT make_view('sums', $$SELECT g, sum(x2) AS s2, sum(x4) AS s4, sum(x8) AS s8 FROM t GROUP BY g$$);
SELECT make_view('avgs', $$SELECT g, avg(x2) AS a2, avg(x4) AS a4, avg(x8) AS a8 FROM t GROUP BY g$$);
SELECT make_view('global', $$SELECT sum(x2) AS s2, sum(x4) AS s4, sum(x8) AS s8, avg(x2) AS a2, avg(x4) AS a4, avg(x8) AS a8 FROM t$$);
\i :change_values
SELECT * FROM sums ORDER BY g;
SELECT * FROM avgs ORDER BY g;
DROP SCHEMA agg_sum_integer CASCADE;
