-- A key of an enum type, which sorts in the order of declaration, and a value added
-- later.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_keys :srcdir /sql/include/change_keys.sql
\i :oracle
CREATE SCHEMA key_enum;
SET search_path = key_enum, ivm_test, public;
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TABLE t (id int PRIMARY KEY, k mood, v int);
SELECT make_view('grouped', 'SELECT k, count(*) AS n, sum(v) AS s, min(v), max(v) FROM t GROUP BY k');
SELECT make_view('listed', 'SELECT DISTINCT k FROM t');
SELECT make_view('bag', 'SELECT k, v % 2 AS odd FROM t');
INSERT INTO t VALUES
	(1, 'sad', 3),
	(2, 'ok', 6),
	(3, 'happy', 9),
	(4, 'sad', 12),
	(5, NULL, 15);
SELECT * FROM grouped ORDER BY k;
\i :change_keys
ALTER TYPE mood ADD VALUE 'great' BEFORE 'sad';
INSERT INTO t VALUES (1000, 'great', 7);
SELECT * FROM grouped ORDER BY k;
SELECT * FROM check_views();
DROP SCHEMA key_enum CASCADE;
