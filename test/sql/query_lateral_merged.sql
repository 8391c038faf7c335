-- LATERAL items that use a column merged by USING: the join that merged it may be
-- taken apart.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_sides :srcdir /sql/include/change_sides.sql
\i :oracle
CREATE SCHEMA query_lateral_merged;
SET search_path = query_lateral_merged, ivm_test, public;
CREATE TABLE a (id int PRIMARY KEY, k int, v int);
CREATE TABLE b (id int PRIMARY KEY, k int, w int);
SELECT make_view('full_join', 'SELECT k, v, w, q.n FROM a FULL JOIN b USING (k) JOIN LATERAL (SELECT count(*) AS n FROM a x WHERE x.v = k) q ON true');
SELECT make_view('full_join_rows', 'SELECT k, v, w, q.id FROM a FULL JOIN b USING (k) JOIN LATERAL (SELECT id FROM b x WHERE x.w = k) q ON true');
SELECT make_view('right_join', 'SELECT k, w, q.id FROM a RIGHT JOIN b USING (k) LEFT JOIN LATERAL (SELECT id FROM a x WHERE x.v = k AND x.id < b.id) q ON true');
SELECT make_view('series', 'SELECT k, v, w, i FROM a FULL JOIN b USING (k), LATERAL generate_series(1, k) i');
SELECT make_view('listed', 'SELECT k, v, w, x FROM a FULL JOIN b USING (k), LATERAL (VALUES (k), (v), (coalesce(w, k))) l (x)');
SELECT make_view('condition', 'SELECT k, v, w FROM a FULL JOIN b USING (k) WHERE NOT EXISTS (SELECT FROM a x WHERE x.v = k AND x.id > 3)');
\i :change_sides
DROP SCHEMA query_lateral_merged CASCADE;
