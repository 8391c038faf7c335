-- Values that are equal and look different: which of them a set operation, GROUP BY or
-- DISTINCT below the view shows is chance, and may differ from one evaluation to the next.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA setop_equal_values;
SET search_path = setop_equal_values, ivm_test, public;
CREATE TABLE a (id int, c interval, n numeric);
CREATE TABLE b (id int, c interval, n numeric);
INSERT INTO a VALUES (7, '24:00:00', 1.0), (7, '1 day', 1.00), (1, '1 day', 2);
INSERT INTO b VALUES (7, '24:00:00', 1.000), (7, '1 day', 1.0), (1, '24:00:00', 2.0);
SELECT make_view('common', 'SELECT id, c FROM a INTERSECT ALL SELECT id, c FROM b', 'values');
SELECT make_view('groups', 'SELECT s.n, s.k, b.c FROM (SELECT n, count(*) AS k FROM a GROUP BY n) s LEFT JOIN b ON b.n = s.n', 'values');
SELECT make_view('least', 'SELECT s.id, s.low, b.c FROM (SELECT id, min(n) AS low FROM a GROUP BY id) s LEFT JOIN b ON b.id = s.id', 'values');
SELECT make_view('distinct_rows', 'SELECT n, c FROM (SELECT DISTINCT n, c FROM a) s WHERE EXISTS (SELECT FROM b WHERE b.n = s.n)', 'values');
-- what a row shows itself stays as it is
SELECT make_view('own', 'SELECT a.n, a.c FROM a LEFT JOIN b ON a.id = b.id');
DELETE FROM a WHERE c::text = '24:00:00';
SELECT * FROM check_views();
INSERT INTO a VALUES (7, '24:00:00', 1.0000);
SELECT * FROM check_views();
DELETE FROM b WHERE c::text = '1 day';
SELECT * FROM check_views();
INSERT INTO b VALUES (7, '24:00:00', 1.0000), (1, '1 day', 2.00);
SELECT * FROM check_views();
UPDATE a SET n = n + 1.00;
SELECT * FROM check_views();
DELETE FROM a WHERE id = 7;
SELECT * FROM check_views();
UPDATE b SET c = '1 day';
SELECT * FROM check_views();
DROP SCHEMA setop_equal_values CASCADE;
