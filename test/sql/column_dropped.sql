-- Columns dropped before the view is created and after, added, renamed; the table
-- renamed and moved to another schema.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA column_dropped;
SET search_path = column_dropped, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, g int, x int);
SELECT make_view('grouped', 'SELECT g, count(*) AS n, sum(x) AS s, min(x) AS lo, max(x) AS hi FROM t GROUP BY g');
SELECT make_view('listed', $$SELECT g, string_agg(x::text, ',' ORDER BY x, id) AS l FROM t WHERE x > 1 GROUP BY g$$);
SELECT make_view('bag', 'SELECT g, x % 3 AS r FROM t');
INSERT INTO t SELECT i, i % 3, i FROM generate_series(1, 9) i;
CREATE TABLE d (junk int, id int, junk2 text, g text, x numeric, junk3 int);
ALTER TABLE d DROP COLUMN junk, DROP COLUMN junk2;
SELECT make_view('before', 'SELECT g, sum(x) AS s, count(junk3) AS n FROM d GROUP BY g');
SELECT make_view('whole', 'SELECT * FROM d');
INSERT INTO d VALUES (1, 'a', 1.5, 1), (2, 'b', 2, NULL);
SELECT * FROM check_views();
ALTER TABLE d ADD COLUMN later int DEFAULT 3;
ALTER TABLE d ADD COLUMN other int;
INSERT INTO d VALUES (3, 'a', 2.25, 3, 4, 5);
ALTER TABLE d DROP COLUMN later;
UPDATE d SET other = 1, x = x + 1;
SELECT * FROM before ORDER BY g;
SELECT oracle('before', 'SELECT g, sum(x) AS s, count(junk3) AS n FROM d GROUP BY g');
SELECT oracle('whole', 'SELECT id, g, x, junk3 FROM d');
-- used columns stay
\set VERBOSITY terse
ALTER TABLE d DROP COLUMN x;
ALTER TABLE d ALTER COLUMN g TYPE varchar(10);
DROP TABLE d;
\set VERBOSITY default
-- renamed
ALTER TABLE t RENAME COLUMN x TO y;
ALTER TABLE t RENAME COLUMN id TO x;
UPDATE t SET y = y + 1, g = g + 1;
INSERT INTO t VALUES (100, 1, 1);
SELECT oracle('grouped', 'SELECT g, count(*) AS n, sum(y) AS s, min(y) AS lo, max(y) AS hi FROM t GROUP BY g');
ALTER TABLE t RENAME TO t_new;
CREATE TABLE t (id int, g int, x int);
INSERT INTO t VALUES (1, 1, 1000);
CREATE SCHEMA column_dropped_2;
ALTER TABLE t_new SET SCHEMA column_dropped_2;
DELETE FROM column_dropped_2.t_new WHERE y > 5;
ALTER VIEW grouped RENAME TO renamed;
ALTER VIEW renamed SET SCHEMA column_dropped_2;
INSERT INTO column_dropped_2.t_new VALUES (101, 1, 50);
SELECT oracle('column_dropped_2.renamed', 'SELECT g, count(*) AS n, sum(y) AS s, min(y) AS lo, max(y) AS hi FROM column_dropped_2.t_new GROUP BY g');
SELECT oracle('bag', 'SELECT g, y % 3 AS r FROM column_dropped_2.t_new');
DROP SCHEMA column_dropped_2 CASCADE;
DROP SCHEMA column_dropped CASCADE;
