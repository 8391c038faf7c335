-- bool_and, bool_or, every: three-valued, and what a deleted row decided is undone.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_values :srcdir /sql/include/change_values.sql
\i :oracle
CREATE SCHEMA agg_bool;
SET search_path = agg_bool, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, g int, x boolean);
CREATE TABLE src (LIKE t);
INSERT INTO src VALUES
	(1, 1, true),
	(2, 1, false),
	(3, 1, NULL),
	(4, 2, true),
	(5, 2, true),
	(6, 3, NULL),
	(7, 4, false),
	(8, 4, false),
	(9, NULL, true),
	(10, NULL, NULL),
	(11, 5, false),
	(12, 5, true),
	(13, 5, true);
SELECT make_view('grouped', $$SELECT g, bool_and(x) AS a, bool_or(x) AS o, every(x) AS e, bool_and(NOT x) AS n, bool_or(g > 2 AND x) AS c FROM t GROUP BY g$$);
SELECT make_view('global', $$SELECT bool_and(x) AS a, bool_or(x) AS o FROM t$$);
\i :change_values
SELECT * FROM grouped ORDER BY g;
DROP SCHEMA agg_bool CASCADE;
