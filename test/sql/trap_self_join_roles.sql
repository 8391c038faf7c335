-- A self join whose rows change in both roles by one statement.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA trap_self_join_roles;
SET search_path = trap_self_join_roles, ivm_test, public;
CREATE TABLE emp (id int, boss int, pay int);
SELECT make_view('with_boss', 'SELECT e.id, e.pay, b.pay AS boss_pay FROM emp e JOIN emp b ON b.id = e.boss');
SELECT make_view('teams', 'SELECT b.id, count(e.id) AS n, sum(e.pay) AS s FROM emp b LEFT JOIN emp e ON e.boss = b.id GROUP BY b.id');
SELECT make_view('richer', 'SELECT count(*) AS n, sum(e.pay - b.pay) AS d FROM emp e JOIN emp b ON b.id = e.boss AND e.pay > b.pay');
SELECT make_view('grand', 'SELECT g.id, count(*) AS n FROM emp e JOIN emp b ON b.id = e.boss JOIN emp g ON g.id = b.boss GROUP BY g.id');
SELECT make_view('unled', 'SELECT id FROM emp e WHERE NOT EXISTS (SELECT 1 FROM emp b WHERE b.id = e.boss AND b.pay > e.pay)');
INSERT INTO emp SELECT i, nullif(i / 2, 0), 100 - i FROM generate_series(1, 10) i;
SELECT * FROM check_views();
-- both roles
UPDATE emp SET pay = pay + id;
SELECT * FROM richer;
SELECT * FROM check_views();
UPDATE emp SET id = id + 1, boss = boss + 1;
SELECT * FROM check_views();
-- its own boss; bosses turned round
UPDATE emp SET boss = id WHERE id = 2;
UPDATE emp SET boss = CASE id WHEN 3 THEN 7 WHEN 7 THEN 3 ELSE boss END, pay = 200 - pay;
SELECT * FROM check_views();
DELETE FROM emp WHERE id IN (2, 4, 8, 9);
SELECT * FROM teams ORDER BY id;
SELECT * FROM check_views();
BEGIN;
INSERT INTO emp VALUES (4, 2, 1), (2, 4, 1);
SELECT * FROM check_views();
UPDATE emp SET boss = 2 WHERE id > 4;
DELETE FROM emp WHERE id = 2;
SELECT * FROM check_views();
COMMIT;
SELECT * FROM check_views();
DROP SCHEMA trap_self_join_roles CASCADE;
