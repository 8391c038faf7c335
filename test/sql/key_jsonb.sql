-- A jsonb key; order and spelling of an object do not matter, a number's scale does not
-- either.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_keys :srcdir /sql/include/change_keys.sql
\i :oracle
CREATE SCHEMA key_jsonb;
SET search_path = key_jsonb, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, k jsonb, v int);
SELECT make_view('grouped', 'SELECT k, count(*) AS n, sum(v) AS s, min(v), max(v) FROM t GROUP BY k', 'values');
SELECT make_view('listed', 'SELECT DISTINCT k FROM t', 'values');
SELECT make_view('bag', 'SELECT k, v % 2 AS odd FROM t');
INSERT INTO t VALUES
	(1, '{"a": 1, "b": 2}', 3),
	(2, '{"b": 2, "a": 1}', 6),
	(3, '{"a": 1.0, "b": 2}', 9),
	(4, 'null', 12),
	(5, NULL, 15),
	(6, '[]', 18),
	(7, '[1, "x", {"y": null}]', 21),
	(8, '"s"', 24),
	(9, 'true', 27);
SELECT count(*), sum(n), sum(s) FROM grouped;
SELECT n, s FROM grouped WHERE k = '{"b": 2, "a": 1}';
\i :change_keys
DROP SCHEMA key_jsonb CASCADE;
