-- A foreign key that deletes or moves rows of both sides of a join by one statement.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA trap_foreign_key_cascade;
SET search_path = trap_foreign_key_cascade, ivm_test, public;
CREATE TABLE company (id int PRIMARY KEY, name text);
CREATE TABLE dept (id int PRIMARY KEY, company int REFERENCES company ON DELETE CASCADE ON UPDATE CASCADE, name text);
CREATE TABLE emp (id int PRIMARY KEY, dept int REFERENCES dept ON DELETE CASCADE, company int REFERENCES company ON DELETE CASCADE ON UPDATE CASCADE, pay int);
SELECT make_view('pay', 'SELECT d.name, d.company, count(*) AS n, sum(pay) AS s FROM dept d JOIN emp e ON e.dept = d.id AND e.company = d.company GROUP BY d.name, d.company');
SELECT make_view('all_pay', 'SELECT c.name, count(DISTINCT d.id) AS depts, count(e.id) AS emps, coalesce(sum(pay), 0) AS s FROM company c LEFT JOIN dept d ON d.company = c.id LEFT JOIN emp e ON e.dept = d.id GROUP BY c.name');
INSERT INTO company VALUES (1, 'one'), (2, 'two');
INSERT INTO dept SELECT i, i % 2 + 1, 'd' || i FROM generate_series(1, 6) i;
INSERT INTO emp SELECT i, i % 6 + 1, (i % 6 + 1) % 2 + 1, i FROM generate_series(1, 12) i;
SELECT * FROM check_views();
UPDATE company SET id = 20 WHERE id = 2;
SELECT * FROM pay ORDER BY name;
SELECT * FROM check_views();
BEGIN;
UPDATE emp SET pay = pay * 10;
DELETE FROM company WHERE id = 20;
SELECT * FROM pay ORDER BY name;
SELECT * FROM all_pay ORDER BY name;
SELECT * FROM check_views();
ROLLBACK;
SELECT * FROM check_views();
DELETE FROM company WHERE id = 1;
SELECT * FROM all_pay ORDER BY name;
SELECT * FROM check_views();
DROP SCHEMA trap_foreign_key_cascade CASCADE;
