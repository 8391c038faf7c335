-- min and max when the extreme is deleted, once or of several equal ones, moved, or
-- comes back in the same transaction; several extremes of one table.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_values :srcdir /sql/include/change_values.sql
\i :oracle
CREATE SCHEMA agg_min_max_delete;
SET search_path = agg_min_max_delete, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, g int, x int, y text);
CREATE TABLE src (LIKE t);
INSERT INTO src VALUES
	(1, 1, 5, 'e'),
	(2, 1, 5, 'e'),
	(3, 1, 3, 'c'),
	(4, 1, 9, 'i'),
	(5, 1, 9, 'j'),
	(6, 2, 1, 'a'),
	(7, 2, 1, 'a'),
	(8, 3, NULL, 'n'),
	(9, 3, 4, NULL),
	(10, NULL, 2, 'b'),
	(11, NULL, 8, 'h'),
	(12, 4, NULL, NULL);
SELECT make_view('ends', $$SELECT g, min(x) AS lo, max(x) AS hi FROM t GROUP BY g$$);
SELECT make_view('more', $$SELECT g, min(y) AS lo, max(y) AS hi, min(x + g) AS e, max(-x) AS n, count(*), sum(x) FROM t GROUP BY g$$);
SELECT make_view('global', $$SELECT min(x) AS lo, max(y) AS hi FROM t$$);
SELECT make_view('span', $$SELECT g, max(x) - min(x) AS span FROM t WHERE x > 1 GROUP BY g HAVING max(x) > 2$$);
\i :change_values
SELECT * FROM ends ORDER BY g;
-- the extreme goes and another one comes, each order, in one transaction
BEGIN;
DELETE FROM t WHERE x = 9;
INSERT INTO t VALUES (100, 1, 7, 'g');
SELECT * FROM ends WHERE g = 1;
INSERT INTO t VALUES (101, 1, 10, 'k');
DELETE FROM t WHERE x = 10;
SELECT * FROM ends WHERE g = 1;
COMMIT;
SELECT * FROM ends WHERE g = 1;
SELECT * FROM check_views();
-- a new extreme comes and goes, below and above
BEGIN;
INSERT INTO t VALUES (102, 1, 0, 'z'), (103, 1, 100, 'a');
DELETE FROM t WHERE id IN (102, 103);
COMMIT;
SELECT * FROM check_views();
UPDATE t SET x = 20 - x;
SELECT * FROM ends ORDER BY g;
SELECT * FROM check_views();
DROP SCHEMA agg_min_max_delete CASCADE;
