-- Fractions of the rows of one transaction add up to more than one, wholes to more
-- than 64 bits, with signs that differ.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA agg_sum_numeric_carry;
SET search_path = agg_sum_numeric_carry, ivm_test, public;
CREATE TABLE t (id int, g int, x numeric);
SELECT make_view('sums', 'SELECT g, sum(x) AS s, avg(x) AS a FROM t GROUP BY g');
INSERT INTO t VALUES (1, 1, 10.5), (2, 1, 22.5), (3, 2, -10.5), (4, 2, -22.75), (5, 3, 1), (6, 3, -1.5), (7, 4, -1), (8, 4, 0.7), (9, 4, 0.7);
SELECT * FROM sums ORDER BY g;
SELECT * FROM check_views();
-- each value a thousand times, then a thousand times less
INSERT INTO t SELECT i, i % 9, v FROM generate_series(1, 9000) i,
	(VALUES (0.999999999999), (9999999999999999), (-9999999999999999.9), (0.0000000000001), (1e20), (-0.5)) w(v)
WHERE i % 9 < 7 OR v < 1;
SELECT * FROM sums ORDER BY g;
SELECT * FROM check_views();
UPDATE t SET x = x * 1000 + 0.25 WHERE g < 5;
SELECT * FROM check_views();
DELETE FROM t WHERE id > 9 OR g = 0;
SELECT * FROM sums ORDER BY g;
SELECT * FROM check_views();
DELETE FROM t WHERE x > 0;
SELECT * FROM check_views();
DROP SCHEMA agg_sum_numeric_carry CASCADE;
