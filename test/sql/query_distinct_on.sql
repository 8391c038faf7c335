-- DISTINCT ON: one row per key, chosen by ORDER BY.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA query_distinct_on;
SET search_path = query_distinct_on, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, g int, x int, s text);
SELECT make_view('newest', 'SELECT DISTINCT ON (g) g, id, x, s FROM t ORDER BY g, id DESC');
SELECT make_view('least', 'SELECT DISTINCT ON (g % 2) g % 2 AS parity, x FROM t ORDER BY g % 2, x, id');
SELECT make_view('over_groups', 'SELECT DISTINCT ON (count(*)) count(*) AS n, g FROM t GROUP BY g ORDER BY count(*), g DESC');
INSERT INTO t SELECT i, i % 4, 50 - i * i % 11, 's' || i FROM generate_series(1, 20) i;
SELECT * FROM newest;
SELECT * FROM check_views();
DELETE FROM t WHERE id > 16;
SELECT * FROM newest;
SELECT * FROM check_views();
UPDATE t SET id = id + 100, g = NULL WHERE g = 3;
UPDATE t SET x = -x WHERE id % 5 = 0;
SELECT * FROM check_views();
DELETE FROM t WHERE g = 0 OR id < 5;
SELECT * FROM check_views();
DROP SCHEMA query_distinct_on CASCADE;
