-- A table joined with itself: each row changes in both roles at once.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_sides :srcdir /sql/include/change_sides.sql
\i :oracle
CREATE SCHEMA join_self;
SET search_path = join_self, ivm_test, public;
CREATE TABLE a (id int PRIMARY KEY, k int, v int);
CREATE TABLE b (id int PRIMARY KEY, k int, w int);
SELECT make_view('pairs', 'SELECT x.id AS i, y.id AS j FROM a x JOIN a y ON x.k = y.k');
SELECT make_view('ordered', 'SELECT x.k, count(*) AS n, sum(x.v - y.v) AS s FROM a x JOIN a y ON x.k = y.k AND x.id < y.id GROUP BY x.k');
SELECT make_view('chain', 'SELECT x.id, count(*) AS n, max(y.v) AS m FROM a x JOIN a y ON y.v = x.k GROUP BY x.id');
SELECT make_view('thrice', 'SELECT count(*) AS n, sum(x.v * y.v * z.v) AS s FROM a x, a y, a z WHERE x.k = y.k AND y.k = z.k');
SELECT make_view('two_and_two', 'SELECT x.k, count(*) AS n FROM a x JOIN b p ON p.k = x.k JOIN a y ON y.v = p.w JOIN b q ON q.k = y.k GROUP BY x.k');
SELECT make_view('extremes', 'SELECT x.v, min(y.id) AS lo, max(y.id) AS hi FROM a x JOIN a y USING (k) GROUP BY x.v');
\i :change_sides
DROP SCHEMA join_self CASCADE;
