-- Aggregates whose result depends on the order of rows: string_agg, array_agg,
-- json_agg and kin, with ORDER BY inside.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_values :srcdir /sql/include/change_values.sql
\i :oracle
CREATE SCHEMA agg_ordered;
SET search_path = agg_ordered, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, g int, x int, s text);
CREATE TABLE src (LIKE t);
INSERT INTO src VALUES
	(1, 1, 3, 'c'),
	(2, 1, 1, 'a'),
	(3, 1, 2, 'b'),
	(4, 1, NULL, NULL),
	(5, 2, 5, 'e'),
	(6, 2, 4, 'd'),
	(7, 3, NULL, NULL),
	(8, NULL, 7, 'g'),
	(9, NULL, 6, 'f');
SELECT make_view('strings', $$SELECT g, string_agg(s, ',' ORDER BY x) AS up, string_agg(s, '-' ORDER BY x DESC NULLS LAST) AS down, string_agg(DISTINCT s, '' ORDER BY s) AS d, string_agg(s::bytea, ' ' ORDER BY x) AS b FROM t GROUP BY g$$);
SELECT make_view('arrays', $$SELECT g, array_agg(x ORDER BY id) AS a, array_agg(s ORDER BY x NULLS FIRST, id) AS b, (array_agg(x ORDER BY id DESC))[1] AS last FROM t GROUP BY g$$);
SELECT make_view('jsons', $$SELECT g, json_agg(s ORDER BY id) AS j, jsonb_agg(x ORDER BY id) AS jb, json_object_agg(id, s ORDER BY id) AS o, jsonb_object_agg(id, x ORDER BY id) AS ob FROM t GROUP BY g$$, 'text');
SELECT make_view('ranges', $$SELECT g, range_agg(int4range(x, x + 1)) AS r, range_intersect_agg(int4range(0, x)) AS i FROM t GROUP BY g$$);
SELECT make_view('global', $$SELECT string_agg(s, ',' ORDER BY s, id) AS l FROM t$$);
\i :change_values
SELECT * FROM strings ORDER BY g;
SELECT * FROM jsons ORDER BY g;
SELECT * FROM arrays ORDER BY g;
DROP SCHEMA agg_ordered CASCADE;
