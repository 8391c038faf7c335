-- min() of integers, and groups of text, are no values that stand for others equal to them:
-- 1 beside 1.00 keeps its look.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA setop_scale;
SET search_path = setop_scale, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, n numeric, w text);
INSERT INTO t VALUES (1, 1.00, '1'), (2, 1.00, '1.0'), (3, 5, '1.00');
SELECT make_view('least', 'SELECT n FROM t UNION ALL SELECT m FROM (SELECT min(id) AS m FROM t) q');
SELECT make_view('groups', 'SELECT n FROM t UNION ALL SELECT w::numeric FROM (SELECT w, count(*) AS c FROM t GROUP BY w) q');
SELECT make_view('distinct_values', 'SELECT n FROM t UNION ALL SELECT id FROM (SELECT DISTINCT id FROM t) q');
SELECT make_view('both', 'SELECT n FROM t UNION ALL SELECT id FROM (SELECT id FROM t INTERSECT SELECT id FROM t) q');
SELECT * FROM check_views();
UPDATE t SET n = id, w = '1.000';
SELECT * FROM check_views();
DELETE FROM t WHERE id = 1;
SELECT * FROM check_views();
DROP SCHEMA setop_scale CASCADE;
