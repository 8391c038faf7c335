-- EXISTS and IN count a row once, however many matches it has; only the last match that
-- goes takes it away.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA trap_exists_duplicates;
SET search_path = trap_exists_duplicates, ivm_test, public;
CREATE TABLE a (id int PRIMARY KEY, k int);
CREATE TABLE b (k int, w int);
SELECT make_view('matched', 'SELECT id FROM a WHERE EXISTS (SELECT 1 FROM b WHERE b.k = a.k)');
SELECT make_view('counted', 'SELECT k, count(*) AS n FROM a WHERE k IN (SELECT k FROM b) GROUP BY k');
SELECT make_view('none', 'SELECT count(*) AS n FROM a WHERE NOT EXISTS (SELECT 1 FROM b WHERE b.k = a.k AND w > 0)');
INSERT INTO a VALUES (1, 1), (2, 1), (3, 2);
INSERT INTO b VALUES (1, 1), (1, 1), (1, 1), (2, 0);
SELECT * FROM matched ORDER BY id;
SELECT * FROM counted ORDER BY k;
SELECT * FROM check_views();
DELETE FROM b WHERE ctid = (SELECT min(ctid) FROM b WHERE k = 1);
SELECT * FROM matched ORDER BY id;
SELECT * FROM check_views();
-- one goes and another comes
BEGIN;
DELETE FROM b WHERE k = 1;
SELECT * FROM matched ORDER BY id;
INSERT INTO b VALUES (1, 5), (1, 5);
SELECT * FROM matched ORDER BY id;
COMMIT;
SELECT * FROM check_views();
UPDATE b SET k = 2 WHERE ctid = (SELECT min(ctid) FROM b WHERE k = 1);
SELECT * FROM check_views();
UPDATE b SET k = 3 WHERE k = 1;
SELECT * FROM matched ORDER BY id;
SELECT * FROM none;
SELECT * FROM check_views();
INSERT INTO a SELECT 10 + i, 3 FROM generate_series(1, 3) i;
DELETE FROM b WHERE k = 2 AND w = 0;
SELECT * FROM check_views();
DROP SCHEMA trap_exists_duplicates CASCADE;
