-- Subqueries in LIMIT, OFFSET and the frames of windows are parts.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_sides :srcdir /sql/include/change_sides.sql
\i :oracle
CREATE SCHEMA part_limit;
SET search_path = part_limit, ivm_test, public;
CREATE TABLE a (id int PRIMARY KEY, k int, v int);
CREATE TABLE b (id int PRIMARY KEY, k int, w int);
SELECT make_view('half', 'SELECT id, v FROM a ORDER BY id LIMIT (SELECT count(*) / 2 FROM a)');
SELECT make_view('rest', 'SELECT k, count(*) AS n FROM a GROUP BY k ORDER BY k OFFSET (SELECT count(DISTINCT k) / 2 FROM b)');
SELECT make_view('total', 'SELECT count(*) AS n FROM a LIMIT (SELECT count(*) FROM b)');
SELECT make_view('of_with', 'WITH q AS (SELECT count(*) AS n FROM b) SELECT id FROM a ORDER BY id DESC FETCH FIRST (SELECT n FROM q) ROWS ONLY');
SELECT make_view('frame', 'SELECT id, count(*) OVER (ORDER BY id ROWS BETWEEN (SELECT count(*) / 3 FROM a) PRECEDING AND (SELECT count(*) FROM b) FOLLOWING) AS n FROM a');
SELECT part, construct FROM ivm.explain_view('half') WHERE part = 'finishing';
-- what cannot be a part cannot stand there
SELECT make_view('constant', 'SELECT id FROM a ORDER BY id LIMIT (SELECT 3)');
SELECT make_view('union', 'SELECT id FROM a UNION ALL SELECT id FROM b ORDER BY id LIMIT (SELECT count(*) FROM b)');
SELECT make_view('constant_frame', 'SELECT id, count(*) OVER (ORDER BY id ROWS (SELECT 3) PRECEDING) AS n FROM a');
\i :change_sides
DROP SCHEMA part_limit CASCADE;
