-- Chains of outer joins, in several orders and nestings.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_sides :srcdir /sql/include/change_sides.sql
\i :oracle
CREATE SCHEMA outer_join_chain;
SET search_path = outer_join_chain, ivm_test, public;
CREATE TABLE a (id int PRIMARY KEY, k int, v int);
CREATE TABLE b (id int PRIMARY KEY, k int, w int);
CREATE TABLE c (id int PRIMARY KEY, k int, x int);
INSERT INTO c SELECT i, nullif(i % 5, 4), i % 3 FROM generate_series(1, 8) i;
SELECT make_view('left_left', 'SELECT a.id, b.w, c.x FROM a LEFT JOIN b ON a.k = b.k LEFT JOIN c ON c.k = b.w');
SELECT make_view('left_nested', 'SELECT a.id, b.w, c.x FROM a LEFT JOIN (b LEFT JOIN c ON c.k = b.w) ON a.k = b.k');
SELECT make_view('left_inner', 'SELECT a.id, b.w, c.x FROM a LEFT JOIN (b JOIN c ON c.k = b.w) ON a.k = b.k');
SELECT make_view('inner_left', 'SELECT a.k, count(*) AS n, count(c.id) AS m FROM a JOIN b ON a.k = b.k LEFT JOIN c ON c.k = a.v GROUP BY a.k');
SELECT make_view('left_right', 'SELECT c.id, a.v, b.w FROM a LEFT JOIN b ON a.k = b.k RIGHT JOIN c ON c.k = a.v');
SELECT make_view('full_full', 'SELECT k, count(*) AS n, sum(v) AS sv, sum(w) AS sw, sum(x) AS sx FROM a FULL JOIN b USING (k) FULL JOIN c USING (k) GROUP BY k');
SELECT make_view('self', 'SELECT p.id, q.id AS q, b.w FROM a p LEFT JOIN a q ON q.v = p.k AND q.id > p.id LEFT JOIN b ON b.k = q.k');
SELECT make_view('anti', 'SELECT a.id FROM a LEFT JOIN b ON a.k = b.k LEFT JOIN c ON c.k = a.k WHERE b.id IS NULL AND c.id IS NOT NULL');
\i :change_sides
UPDATE c SET k = 8 WHERE k = 3;
SELECT * FROM check_views();
BEGIN;
DELETE FROM c WHERE id < 4;
INSERT INTO a VALUES (30, 1, 1), (31, 2, 8);
INSERT INTO b VALUES (30, 1, 8), (31, 2, 8);
SELECT * FROM check_views();
COMMIT;
SELECT * FROM check_views();
TRUNCATE c;
SELECT * FROM check_views();
DROP SCHEMA outer_join_chain CASCADE;
