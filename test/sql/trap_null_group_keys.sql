-- NULL is one group, a value of DISTINCT and of UNION, and no match of a join.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA trap_null_group_keys;
SET search_path = trap_null_group_keys, ivm_test, public;
CREATE TABLE a (id int PRIMARY KEY, k int, j text);
CREATE TABLE b (id int PRIMARY KEY, k int, w int);
SELECT make_view('grouped', 'SELECT k, j, count(*) AS n FROM a GROUP BY k, j');
SELECT make_view('right_key', 'SELECT b.k, b.w, count(*) AS n FROM a LEFT JOIN b ON b.k = a.k GROUP BY b.k, b.w');
SELECT make_view('inner_key', 'SELECT a.j, count(*) AS n, sum(w) AS s FROM a JOIN b ON b.k = a.k GROUP BY a.j');
SELECT make_view('same', 'SELECT a.k, count(*) AS n FROM a JOIN b ON b.k IS NOT DISTINCT FROM a.k GROUP BY a.k');
SELECT make_view('united', 'SELECT k FROM a UNION SELECT k FROM b');
SELECT make_view('common', 'SELECT k FROM a INTERSECT SELECT k FROM b');
SELECT make_view('rolled', 'SELECT k, count(*) AS n, grouping(k) AS g FROM a GROUP BY ROLLUP (k)');
INSERT INTO a VALUES (1, NULL, 'x'), (2, NULL, NULL), (3, 1, NULL), (4, NULL, 'x'), (5, 2, 'y');
INSERT INTO b VALUES (1, NULL, NULL), (2, 1, NULL), (3, NULL, 3);
SELECT * FROM grouped ORDER BY k, j;
SELECT * FROM right_key ORDER BY k, w;
SELECT * FROM same ORDER BY k;
SELECT * FROM check_views();
UPDATE a SET k = NULL WHERE id = 5;
UPDATE b SET k = NULL WHERE id = 2;
SELECT * FROM grouped ORDER BY k, j;
SELECT * FROM check_views();
UPDATE a SET k = 1, j = NULL WHERE id IN (1, 2);
UPDATE b SET k = 1 WHERE id = 3;
SELECT * FROM right_key ORDER BY k, w;
SELECT * FROM check_views();
DELETE FROM a WHERE k IS NULL;
DELETE FROM b WHERE k IS NULL;
SELECT * FROM check_views();
DELETE FROM b;
SELECT fold_views();
SELECT * FROM check_views();
DROP SCHEMA trap_null_group_keys CASCADE;
