-- sum, min and max over money.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_values :srcdir /sql/include/change_values.sql
\i :oracle
CREATE SCHEMA agg_money;
SET search_path = agg_money, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, g int, x money);
CREATE TABLE src (LIKE t);
INSERT INTO src VALUES
	(1, 1, '12.34'),
	(2, 1, '0.66'),
	(3, 1, '-100'),
	(4, 2, '40000000000000000.07'),
	(5, 3, NULL),
	(6, 3, '0'),
	(7, NULL, '5'),
	(8, NULL, '-5'),
	(9, 4, NULL);
SELECT make_view('sums', $$SELECT g, sum(x) AS s, min(x) AS lo, max(x) AS hi, sum(x) / count(*) AS each FROM t GROUP BY g$$);
SELECT make_view('global', $$SELECT max(x) AS s FROM t$$);
\i :change_values
SELECT * FROM sums ORDER BY g;
DROP SCHEMA agg_money CASCADE;
