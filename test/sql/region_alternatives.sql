-- A column of a set operation, or one that FULL JOIN merges, has its values from
-- one source or another: an equation with it leads to all of them, or nowhere.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA region_alternatives;
SET search_path = region_alternatives, ivm_test, public;
CREATE TABLE y (d int);
CREATE TABLE u1 (c int, d int);
CREATE TABLE u2 (c int, d int);
CREATE TABLE z (c int, n int);
-- the way from z to y goes through one arm or the other
SELECT make_view('either', 'SELECT d FROM y WHERE EXISTS (SELECT FROM (SELECT c, d FROM u1 UNION SELECT c, d FROM u2) q JOIN z ON z.c = q.c WHERE q.d = y.d)');
SELECT make_view('all_rows', 'SELECT d, (SELECT count(*) FROM (SELECT c, d FROM u1 UNION ALL SELECT c, d FROM u2) q JOIN z ON z.c = q.c WHERE q.d = y.d) AS n FROM y');
SELECT make_view('without', 'SELECT d FROM y WHERE NOT EXISTS (SELECT FROM (SELECT c, d FROM u1 EXCEPT SELECT c, d FROM u2) q JOIN z ON z.c = q.c WHERE q.d = y.d)');
SELECT make_view('merged', 'SELECT d, (SELECT sum(n) FROM (u1 FULL JOIN u2 USING (c)) JOIN z USING (c) WHERE u1.d = y.d) AS n, (SELECT sum(n) FROM (u1 FULL JOIN u2 USING (c)) JOIN z USING (c) WHERE u2.d = y.d) AS m FROM y');
-- one column of an arm is in two columns of the whole: its value is only sometimes that of the other
SELECT make_view('twice', 'SELECT q.c1, q.c2, w.n FROM (SELECT c, c FROM u1 UNION SELECT c, d FROM u2) q(c1, c2) LEFT JOIN (SELECT c, count(*) FROM z GROUP BY c) w(c, n) ON w.c = q.c2');
INSERT INTO y VALUES (1), (2), (3);
INSERT INTO u1 VALUES (1, 1);
INSERT INTO u2 VALUES (2, 2), (1, 2);
SELECT * FROM check_views();
INSERT INTO z VALUES (1, 10);
SELECT * FROM check_views();
INSERT INTO z VALUES (2, 20);
SELECT * FROM check_views();
INSERT INTO z VALUES (2, 30);
SELECT * FROM check_views();
UPDATE u2 SET c = 3 - c;
SELECT * FROM check_views();
UPDATE z SET c = 3 - c WHERE n < 30;
SELECT * FROM check_views();
INSERT INTO u1 SELECT * FROM u2;
DELETE FROM u2 WHERE c = 1;
SELECT * FROM check_views();
DELETE FROM z WHERE c = 2;
SELECT * FROM check_views();
-- arms of different types: what is equal in the one is compared with other operators in the other
CREATE TABLE i (a int);
CREATE TABLE n (a numeric);
CREATE TABLE x (a numeric, b bigint);
SELECT make_view('converted', 'SELECT x.a, q.a AS c FROM x LEFT JOIN (SELECT a FROM i UNION SELECT a FROM n) q ON q.a = x.a');
SELECT make_view('converted_all', 'SELECT x.a, q.a AS c FROM x LEFT JOIN (SELECT a FROM i UNION ALL SELECT a FROM n) q ON q.a = x.a');
SELECT make_view('converted_in', 'SELECT x.a FROM x WHERE a NOT IN (SELECT a FROM i EXCEPT SELECT a FROM n) AND b IN (SELECT a FROM i UNION ALL SELECT b FROM x)');
SELECT make_view('converted_count', 'SELECT DISTINCT q.a, (SELECT count(*) FROM i WHERE i.a = q.a) AS c FROM (SELECT b FROM x UNION ALL SELECT a FROM n) q(a)');
SELECT make_view('converted_deep', 'SELECT x.b, q.a AS c FROM x LEFT JOIN (SELECT a FROM i UNION (SELECT a FROM i EXCEPT SELECT b FROM x) UNION SELECT a FROM n) q ON q.a = x.b');
INSERT INTO x VALUES (1, 1), (2, 2), (3, 3);
INSERT INTO i VALUES (5);
INSERT INTO n VALUES (7);
SELECT * FROM check_views();
INSERT INTO i VALUES (1), (3);
SELECT * FROM check_views();
INSERT INTO n VALUES (2), (1), (3);
SELECT * FROM check_views();
DELETE FROM i WHERE a = 1;
UPDATE n SET a = a + 1;
SELECT * FROM check_views();
DELETE FROM n;
SELECT * FROM check_views();
DROP SCHEMA region_alternatives CASCADE;
