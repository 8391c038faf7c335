-- What divides a query level must divide all of it: a column by which one clause
-- keeps rows apart is no region's if another clause merges, limits or counts
-- rows across its values.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_sides :srcdir /sql/include/change_sides.sql
\i :oracle
CREATE SCHEMA region_division;
SET search_path = region_division, ivm_test, public;
-- DISTINCT over groups whose key is not shown: the sum stays, since another group has it
CREATE TABLE s (a int, g int);
INSERT INTO s VALUES (1, 2), (4, 3), (4, 2), (1, 3);
SELECT make_view('sums', 'SELECT * FROM (SELECT DISTINCT sum(a) FROM s GROUP BY g) q(c)');
SELECT make_view('with_sums', 'WITH q(c) AS (SELECT DISTINCT sum(a) FROM s GROUP BY g) SELECT c FROM q');
SELECT make_view('with_twice', 'WITH q(c) AS (SELECT DISTINCT sum(a) FROM s GROUP BY g) SELECT q.c, p.c AS d FROM q JOIN q p ON p.c = q.c');
SELECT make_view('extremes', 'SELECT * FROM (SELECT DISTINCT min(a), max(a), count(*) FROM s GROUP BY g) q(lo, hi, n)');
SELECT make_view('joined', 'SELECT s.a, q.c FROM s JOIN (SELECT DISTINCT count(*) FROM s GROUP BY g) q(c) ON true');
SELECT make_view('beside', 'SELECT s.a, q.c FROM s LEFT JOIN (SELECT DISTINCT sum(a) FROM s GROUP BY g) q(c) ON q.c > s.a');
DELETE FROM s WHERE g = 2;
SELECT * FROM check_views();
INSERT INTO s VALUES (5, 2), (5, 4);
SELECT * FROM check_views();
UPDATE s SET g = g + 1 WHERE g <> 3;
SELECT * FROM check_views();
DELETE FROM s WHERE g = 3;
SELECT * FROM check_views();
DROP TABLE s CASCADE;
-- each clause over each other
TRUNCATE ivm_test.definition;
CREATE TABLE a (id int PRIMARY KEY, k int, v int);
CREATE TABLE b (id int PRIMARY KEY, k int, w int);
SELECT make_view('distinct_group', 'SELECT q.c, count(b.id) AS n FROM (SELECT DISTINCT count(*) FROM a GROUP BY k) q(c) LEFT JOIN b ON b.w = q.c GROUP BY q.c');
SELECT make_view('distinct_group_shown', 'SELECT q.k, q.c FROM (SELECT DISTINCT k, count(*) FROM a GROUP BY k, v) q(k, c) JOIN b ON b.k = q.k');
SELECT make_view('distinct_window', 'SELECT * FROM (SELECT DISTINCT sum(v) OVER (PARTITION BY k) FROM a) q(c)');
SELECT make_view('distinct_window_group', 'SELECT * FROM (SELECT DISTINCT v, max(count(*)) OVER (PARTITION BY v) FROM a GROUP BY k, v) q(v, c)');
SELECT make_view('window_group', 'SELECT * FROM (SELECT k, sum(count(*)) OVER (ORDER BY k) FROM a GROUP BY k) q(k, c) JOIN b USING (k)');
SELECT make_view('window_windows', 'SELECT b.id, q.* FROM (SELECT k, v, sum(v) OVER (PARTITION BY k), max(k) OVER (PARTITION BY v) FROM a) q JOIN b ON b.k = q.k');
SELECT make_view('on_window', 'SELECT * FROM (SELECT DISTINCT ON (v) v, k, sum(v) OVER (PARTITION BY k) FROM a ORDER BY v, k) q(v, k, s) LEFT JOIN b USING (k)');
SELECT make_view('on_group', 'SELECT * FROM (SELECT DISTINCT ON (count(*)) k, count(*) FROM a GROUP BY k ORDER BY count(*), k) q(k, c) LEFT JOIN b USING (k)');
SELECT make_view('on_hidden', 'SELECT * FROM (SELECT DISTINCT ON (k) v FROM a ORDER BY k, v) q(v) JOIN b ON b.w = q.v');
SELECT make_view('group_sets', 'SELECT * FROM (SELECT k, sum(v) FROM a GROUP BY ROLLUP (k)) q(k, s) LEFT JOIN b USING (k)');
SELECT make_view('group_all', 'SELECT * FROM b LEFT JOIN (SELECT max(k) AS k FROM a HAVING count(*) > 2) q USING (k)');
SELECT make_view('having', 'SELECT * FROM (SELECT DISTINCT sum(v) FROM a GROUP BY k HAVING count(*) > (SELECT count(*) FROM b WHERE b.k = a.k)) q(c)');
SELECT make_view('having_shown', 'SELECT * FROM (SELECT k, sum(v) FROM a GROUP BY k HAVING sum(v) > (SELECT sum(w) FROM b)) q(k, c) JOIN b USING (k)');
SELECT make_view('rows_distinct', 'SELECT * FROM (SELECT DISTINCT generate_series(1, count(*)) FROM a GROUP BY k) q(i)');
SELECT make_view('rows_group', 'SELECT * FROM (SELECT k, generate_series(1, count(*)) FROM a GROUP BY k) q(k, i) LEFT JOIN b USING (k)');
SELECT make_view('rows_limit', 'SELECT * FROM (SELECT k, generate_series(1, v) AS i FROM a ORDER BY 1, 2 LIMIT 4) q JOIN b USING (k)');
SELECT make_view('limit_group', 'SELECT * FROM (SELECT k, count(*) FROM a GROUP BY k ORDER BY k LIMIT 2) q(k, c) LEFT JOIN b USING (k)');
SELECT make_view('limit_each', 'SELECT a.id, q.w FROM a LEFT JOIN LATERAL (SELECT w FROM b WHERE b.k = a.k ORDER BY w, id LIMIT 1) q ON true');
SELECT make_view('lateral_distinct', 'SELECT a.id, q.c FROM a JOIN LATERAL (SELECT DISTINCT sum(w) FROM b WHERE b.k = a.k GROUP BY b.id % 3) q(c) ON true');
SELECT make_view('union_groups', 'SELECT * FROM (SELECT count(*) FROM a GROUP BY k UNION SELECT sum(w) FROM b GROUP BY k) q(c)');
SELECT make_view('except_groups', 'SELECT * FROM (SELECT k, count(*) FROM a GROUP BY k EXCEPT ALL SELECT DISTINCT w, count(*) FROM b GROUP BY k, w) q(k, c) WHERE k > 0');
SELECT make_view('intersect_shown', 'SELECT * FROM (SELECT k, count(*) FROM a GROUP BY k INTERSECT SELECT k, count(*) FROM b GROUP BY k) q(k, c) LEFT JOIN a USING (k)');
SELECT make_view('full_groups', 'SELECT q.c, p.c AS d FROM (SELECT DISTINCT count(*) FROM a GROUP BY k) q(c) FULL JOIN (SELECT DISTINCT sum(w) FROM b GROUP BY k) p(c) ON p.c = q.c');
SELECT make_view('exists_groups', 'SELECT id FROM a WHERE EXISTS (SELECT FROM (SELECT DISTINCT count(*) FROM b GROUP BY k) q(c) WHERE q.c = a.v)');
SELECT make_view('in_groups', 'SELECT id FROM a WHERE v IN (SELECT DISTINCT count(*) FROM b GROUP BY k) OR v NOT IN (SELECT DISTINCT sum(w) FROM b GROUP BY k)');
SELECT make_view('three_deep', 'SELECT * FROM (SELECT DISTINCT n FROM (SELECT c, count(*) AS n FROM (SELECT k, count(*) AS c FROM a GROUP BY k) x GROUP BY c) y) z');
\i :change_sides
DROP SCHEMA region_division CASCADE;
