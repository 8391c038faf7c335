-- VALUES, functions and subqueries over such in the place of a table: joined in all
-- ways, at any depth, and as a branch of a set operation.  None of these views is
-- recomputed as a whole.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_sides :srcdir /sql/include/change_sides.sql
\i :oracle
CREATE SCHEMA outer_join_constants;
SET search_path = outer_join_constants, ivm_test, public;
CREATE TABLE a (id int PRIMARY KEY, k int, v int);
CREATE TABLE b (id int PRIMARY KEY, k int, w int);
SELECT make_view('series', 'SELECT n, count(a.id) AS c, sum(v) AS s FROM generate_series(0, 9) n LEFT JOIN a ON a.k = n GROUP BY n');
SELECT make_view('ordinal', $$SELECT u.name, u.o, a.v FROM unnest('{x,y,z,y}'::text[]) WITH ORDINALITY u (name, o) LEFT JOIN a ON a.k = u.o$$);
SELECT make_view('both', 'SELECT n.k, a.v, b.w FROM (VALUES (1), (2), (2), (9), (NULL)) n (k) LEFT JOIN a ON a.k = n.k LEFT JOIN b ON b.k = n.k');
SELECT make_view('right_join', 'SELECT n.k, count(*) AS c, max(a.v) AS m FROM a RIGHT JOIN (VALUES (0), (2), (9)) n (k) ON a.k = n.k GROUP BY n.k');
SELECT make_view('full_join', 'SELECT n.k AS nk, a.k AS ak, count(*) AS c FROM a FULL JOIN (VALUES (0), (2), (9), (11), (NULL)) n (k) ON a.k = n.k GROUP BY 1, 2');
SELECT make_view('full_using', 'SELECT k, count(id) AS c, min(w) AS m FROM b FULL JOIN generate_series(1, 5) n (k) USING (k) GROUP BY k');
SELECT make_view('one_row', 'SELECT n.k, a.v FROM (SELECT 2 AS k) n LEFT JOIN a USING (k)');
SELECT make_view('in_select', 'SELECT n.k, b.w FROM (SELECT generate_series(0, 4) AS k) n LEFT JOIN b USING (k)');
SELECT make_view('computed', 'WITH n AS (SELECT DISTINCT i % 4 AS k FROM generate_series(1, 20) i UNION ALL SELECT 9) SELECT n.k, sum(a.v) AS s FROM n LEFT JOIN a USING (k) GROUP BY n.k');
SELECT make_view('missing', 'SELECT n FROM generate_series(0, 9) n WHERE NOT EXISTS (SELECT FROM a WHERE a.k = n)');
SELECT make_view('present', 'SELECT n FROM generate_series(0, 9) n WHERE n IN (SELECT k FROM a UNION SELECT k FROM b)');
SELECT make_view('counted', 'SELECT n, (SELECT count(*) FROM b WHERE b.k = n) AS c FROM generate_series(0, 4) n');
SELECT make_view('through', 'SELECT n.name, t.c FROM (VALUES (1, 2), (2, 9), (3, 3)) n (name, k) LEFT JOIN (SELECT k, count(*) AS c FROM a GROUP BY k) t ON t.k = n.k');
SELECT make_view('steps', 'SELECT n.k, sum(b.w) AS s FROM generate_series(0, 9) n (k) LEFT JOIN (a JOIN b ON b.id = a.v) ON a.k = n.k GROUP BY n.k');
SELECT make_view('between', 'SELECT a.id, n.v, b.id AS bid FROM a JOIN (VALUES (1, 2), (2, 9), (3, 3)) n (k, v) ON n.k = a.k LEFT JOIN b ON b.k = n.v');
SELECT make_view('except_values', 'VALUES (0), (1), (2), (9), (9) EXCEPT SELECT k FROM a');
SELECT make_view('all_except', 'SELECT k FROM a EXCEPT ALL SELECT n FROM generate_series(0, 3) n');
SELECT make_view('added', 'SELECT n.k, a.v FROM generate_series(0, 3) n (k) LEFT JOIN a USING (k) UNION ALL SELECT k, w FROM b');
SELECT make_view('grouped', 'SELECT q.c, count(*) AS n FROM (SELECT n, count(a.id) AS c FROM generate_series(0, 9) n LEFT JOIN a ON a.k = n GROUP BY n) q GROUP BY q.c');
SELECT make_view('ranked', 'SELECT * FROM (SELECT n, v, row_number() OVER (PARTITION BY n ORDER BY v, id) AS r FROM generate_series(0, 4) n LEFT JOIN a ON a.k = n) q WHERE r <= 2');
SELECT view::text, e.strategy FROM definition, ivm.explain_query(query) e WHERE e.strategy LIKE 'recompute: all%';
\i :change_sides
DROP SCHEMA outer_join_constants CASCADE;
