-- Sums over joins are exact: digits, scale, tiny beside huge, special values that come
-- and go.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA trap_numeric_precision;
SET search_path = trap_numeric_precision, ivm_test, public;
CREATE TABLE a (id int PRIMARY KEY, k int, x numeric, f float8);
CREATE TABLE b (id int PRIMARY KEY, k int, y numeric, g float8);
SELECT make_view('sums', 'SELECT a.k, sum(x) AS sx, sum(x * y) AS sxy, avg(y) AS ay, count(*) AS n FROM a JOIN b ON a.k = b.k GROUP BY a.k');
SELECT make_view('floats', 'SELECT a.k, sum(f) AS sf, sum(g) AS sg, avg(f) AS af FROM a LEFT JOIN b ON a.k = b.k GROUP BY a.k');
SELECT make_view('rows', 'SELECT a.id, x, y FROM a LEFT JOIN b ON a.k = b.k');
SELECT make_view('keys', 'SELECT y, sum(x) AS s FROM a JOIN b ON a.k = b.k GROUP BY y', 'values');
INSERT INTO b VALUES (1, 1, 0.1, 0.5), (2, 1, 0.20, 0.25), (3, 2, 1e30, 1e300), (4, 2, 1e-30, 1), (5, 3, 1.000, 4);
INSERT INTO a VALUES (1, 1, 0.1, 2), (2, 1, 0.02, 4), (3, 2, 3, 8), (4, 3, 1e20, 16), (5, 3, 0.00000000000000000001, 32), (6, 3, -1e20, 64);
SELECT * FROM sums ORDER BY k;
SELECT * FROM check_views();
DELETE FROM a WHERE id IN (4, 6);
DELETE FROM b WHERE id = 3;
SELECT * FROM sums ORDER BY k;
SELECT * FROM floats ORDER BY k;
SELECT * FROM check_views();
-- the scale goes with the row that brought it
UPDATE b SET y = 1 WHERE id = 5;
UPDATE a SET x = 5.00 WHERE id = 5;
DELETE FROM a WHERE id = 2;
SELECT * FROM sums ORDER BY k;
SELECT * FROM check_views();
BEGIN;
INSERT INTO a VALUES (10, 1, 'NaN', 'NaN'), (11, 2, 'Infinity', '-Infinity');
INSERT INTO b VALUES (10, 2, '-Infinity', 'Infinity');
SELECT * FROM sums ORDER BY k;
SELECT * FROM check_views();
COMMIT;
DELETE FROM a WHERE id = 10;
DELETE FROM b WHERE id = 10;
SELECT * FROM check_views();
DELETE FROM a WHERE id = 11;
SELECT * FROM sums ORDER BY k;
SELECT * FROM check_views();
UPDATE a SET x = x / 3;
SELECT * FROM check_views();
DROP SCHEMA trap_numeric_precision CASCADE;
