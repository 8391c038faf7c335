-- Outer joins of a UNION ALL by an equation between integers of two types: each branch
-- has a root of its own, which leads to no rows of the other.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA outer_join_union_all;
SET search_path = outer_join_union_all, ivm_test, public;
CREATE TABLE a (id int PRIMARY KEY, k bigint);
CREATE TABLE b (id int PRIMARY KEY, k bigint);
INSERT INTO a VALUES (1, 0), (2, 3), (3, NULL), (4, 2);
INSERT INTO b VALUES (1, 0), (2, 3), (3, 2), (4, 2);
SELECT make_view('same_table', 'SELECT q.p, b.id FROM (SELECT id AS p FROM a UNION ALL SELECT id FROM a) q LEFT JOIN b ON b.k = q.p');
SELECT make_view('two_tables', 'SELECT q.p, c.k FROM (SELECT id AS p FROM a UNION ALL SELECT id FROM b) q LEFT JOIN b c ON c.k = q.p');
SELECT make_view('both_sides', 'SELECT q.p, c.id FROM (SELECT id AS p FROM a UNION ALL SELECT id FROM b) q FULL JOIN a c ON c.k = q.p');
SELECT make_view('branches', 'SELECT a.id, b.k FROM a LEFT JOIN b ON b.k = a.id UNION ALL SELECT b.id, a.k FROM b LEFT JOIN a ON a.k = b.id WHERE NOT EXISTS (SELECT FROM a x WHERE x.k = b.k)');
DELETE FROM a WHERE id = 1;
SELECT * FROM check_views();
BEGIN;
INSERT INTO a VALUES (5, 4), (6, 0);
UPDATE b SET k = k + 1, id = id + 10 WHERE id > 2;
SELECT * FROM check_views();
COMMIT;
SELECT * FROM check_views();
DELETE FROM b WHERE k = 3;
INSERT INTO b VALUES (20, 5), (5, NULL);
SELECT * FROM check_views();
DELETE FROM a;
SELECT * FROM check_views();
DROP SCHEMA outer_join_union_all CASCADE;
