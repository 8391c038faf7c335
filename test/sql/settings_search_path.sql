-- A definition means the tables, functions, operators and types that it meant when it
-- was made, whatever search_path the writer or reader has.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA settings_search_path;
SET search_path = settings_search_path, ivm_test, public;
CREATE SCHEMA other;
CREATE FUNCTION settings_search_path.grade(int) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'real' || $1 % 3 $$;
CREATE FUNCTION other.grade(int) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'false' $$;
-- finds another function by search_path itself
CREATE FUNCTION settings_search_path.indirect(int) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN grade($1); END $$;
CREATE TYPE settings_search_path.kind AS ENUM ('a', 'b');
CREATE TYPE other.kind AS ENUM ('c');
CREATE FUNCTION other.less(int, int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 OPERATOR(pg_catalog.>=) $2';
CREATE OPERATOR other.< (LEFTARG = int, RIGHTARG = int, FUNCTION = other.less);
CREATE TABLE t (id int PRIMARY KEY, v int, k kind);
CREATE TABLE other.t (id int, v int);
SELECT make_view('graded', 'SELECT grade(v) AS g, count(*), sum(v) FROM t GROUP BY 1');
SELECT make_view('indirectly', 'SELECT indirect(v) AS g, count(*) FROM t GROUP BY 1');
SELECT make_view('kinds', $$SELECT k, min(v) AS lo, count(*) FILTER (WHERE k = 'a'::kind) AS a FROM t WHERE v < 50 GROUP BY k$$);
INSERT INTO t SELECT i, i, (ARRAY['a', 'b'])[i % 2 + 1]::kind FROM generate_series(1, 10) i;
SET search_path = other, pg_catalog;
INSERT INTO settings_search_path.t SELECT i, i, 'a' FROM generate_series(11, 20) i;
UPDATE settings_search_path.t SET v = v + 1 WHERE id OPERATOR(pg_catalog.<) 5;
SELECT * FROM settings_search_path.graded ORDER BY g;
SELECT * FROM settings_search_path.indirectly ORDER BY g;
SET search_path = '';
DELETE FROM settings_search_path.t WHERE id % 4 = 0;
SELECT * FROM settings_search_path.kinds ORDER BY k;
SET search_path = other, pg_catalog, settings_search_path;
INSERT INTO settings_search_path.t VALUES (100, 3, 'b');
-- a temporary table in the way
CREATE TEMP TABLE t (id int, v int);
SET search_path = settings_search_path, ivm_test, public;
UPDATE settings_search_path.t SET v = v * 2;
SELECT * FROM graded ORDER BY g;
DROP TABLE pg_temp.t;
SELECT * FROM check_views();
DROP SCHEMA other CASCADE;
DROP SCHEMA settings_search_path CASCADE;
