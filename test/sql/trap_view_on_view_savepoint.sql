-- A view on a view forgets what a savepoint took back, at each level.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA trap_view_on_view_savepoint;
SET search_path = trap_view_on_view_savepoint, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, g int, x int);
CREATE TABLE d (g int PRIMARY KEY, name text);
SELECT make_view('sums', 'SELECT g, count(*) AS n, sum(x) AS s FROM t GROUP BY g');
SELECT make_view('named', 'SELECT d.name, s.s FROM d LEFT JOIN sums s ON s.g = d.g');
SELECT make_view('totals', 'SELECT n, count(*) AS groups, max(s) AS hi FROM sums GROUP BY n');
SELECT make_view('top', 'SELECT t.hi, count(n.name) AS names FROM totals t LEFT JOIN named n ON n.s = t.hi GROUP BY t.hi');
INSERT INTO d SELECT i, 'd' || i FROM generate_series(0, 4) i;
INSERT INTO t SELECT i, i % 3, i FROM generate_series(1, 9) i;
SELECT * FROM check_views();
BEGIN;
INSERT INTO t VALUES (20, 1, 100);
SAVEPOINT s;
INSERT INTO t VALUES (21, 3, 1000);
DELETE FROM d WHERE g = 0;
SELECT * FROM top ORDER BY hi;
SELECT * FROM check_views();
ROLLBACK TO s;
SELECT * FROM top ORDER BY hi;
SELECT * FROM check_views();
SAVEPOINT s2;
UPDATE t SET g = 4 WHERE g = 2;
SAVEPOINT s3;
TRUNCATE t;
SELECT * FROM check_views();
ROLLBACK TO s3;
SELECT * FROM named ORDER BY name;
SELECT * FROM check_views();
RELEASE s2;
UPDATE d SET name = upper(name) WHERE g = 4;
COMMIT;
SELECT * FROM named ORDER BY name;
SELECT * FROM top ORDER BY hi;
SELECT * FROM check_views();
BEGIN;
DELETE FROM t WHERE g = 4;
SAVEPOINT s;
DELETE FROM t;
ROLLBACK TO s;
ROLLBACK;
SELECT * FROM check_views();
DROP SCHEMA trap_view_on_view_savepoint CASCADE;
