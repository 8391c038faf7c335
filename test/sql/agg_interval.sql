-- sum, avg, min and max over intervals: months, days and time apart.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_values :srcdir /sql/include/change_values.sql
\i :oracle
CREATE SCHEMA agg_interval;
SET search_path = agg_interval, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, g int, x interval);
CREATE TABLE src (LIKE t);
INSERT INTO src VALUES
	(1, 1, '1 mon'),
	(2, 1, '30 days'),
	(3, 1, '-1 mon 15 days'),
	(4, 2, '25:00:00'),
	(5, 2, '1 day'),
	(6, 2, '-00:00:00.000001'),
	(7, 3, NULL),
	(8, 3, '0'),
	(9, NULL, '100 years'),
	(10, NULL, '-3 mons -2 days -01:00'),
	(11, 4, NULL),
	(12, 5, '1 mon 1 day 01:01:01.5'),
	(13, 5, '2 mons 3 days'),
	(14, 5, '00:00:01');
SELECT make_view('sums', $$SELECT g, sum(x) AS s, avg(x) AS a, count(x) FROM t GROUP BY g$$);
SELECT make_view('extremes', $$SELECT g, min(x) AS lo, max(x) AS hi FROM t GROUP BY g$$, 'values');
SELECT make_view('global', $$SELECT sum(x) AS s, avg(x) AS a FROM t$$);
\i :change_values
SELECT * FROM sums ORDER BY g;
DROP SCHEMA agg_interval CASCADE;
