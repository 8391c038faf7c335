-- NOT IN shows nothing while the other side has a NULL, and a NULL of its own only while
-- the other side is empty.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA trap_not_in_nulls;
SET search_path = trap_not_in_nulls, ivm_test, public;
CREATE TABLE a (id int PRIMARY KEY, k int);
CREATE TABLE b (id int PRIMARY KEY, k int, g int);
SELECT make_view('others', 'SELECT id, k FROM a WHERE k NOT IN (SELECT k FROM b)');
SELECT make_view('of_group', 'SELECT id, k FROM a WHERE k NOT IN (SELECT k FROM b WHERE b.g = a.id % 2)');
SELECT make_view('counted', 'SELECT count(*) AS n FROM a WHERE (k NOT IN (SELECT k FROM b)) IS NULL');
SELECT make_view('less', 'SELECT id FROM a WHERE NOT (k >= ANY (SELECT k FROM b))');
INSERT INTO a VALUES (1, 1), (2, 2), (3, NULL), (4, 4);
SELECT * FROM others ORDER BY id;
INSERT INTO b VALUES (1, 1, 0);
SELECT * FROM others ORDER BY id;
SELECT * FROM check_views();
INSERT INTO b VALUES (2, NULL, 1);
SELECT * FROM others;
SELECT * FROM of_group ORDER BY id;
SELECT * FROM check_views();
BEGIN;
UPDATE b SET k = 4 WHERE k IS NULL;
SELECT * FROM others;
SELECT * FROM check_views();
SAVEPOINT s;
INSERT INTO b VALUES (3, NULL, 0);
SELECT * FROM others;
SELECT * FROM check_views();
ROLLBACK TO s;
SELECT * FROM others;
COMMIT;
SELECT * FROM check_views();
UPDATE a SET k = NULL WHERE k = 2;
SELECT * FROM check_views();
DELETE FROM b;
SELECT * FROM others ORDER BY id;
SELECT * FROM check_views();
INSERT INTO b VALUES (5, NULL, NULL);
TRUNCATE b;
SELECT * FROM check_views();
DROP SCHEMA trap_not_in_nulls CASCADE;
