-- Definitions whose stored rows may not fit a page or a table are refused when the
-- view is created; what fits is stored, however long its values get.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA error_row_too_wide;
SET search_path = error_row_too_wide, ivm_test, public;
-- A query over t or w, in which each {...} is repeated for columns 1 to n
CREATE FUNCTION wide(query text, n int) RETURNS text LANGUAGE sql AS $$
	SELECT regexp_replace(query, '\{.*\}',
						  (SELECT string_agg(replace(substring(query, '\{(.*)\}'), '@', i::text), ', ' ORDER BY i)
						   FROM generate_series(1, n) i))
$$;
CREATE FUNCTION run(query text, n int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE wide(query, n);
END $$;
SELECT run('CREATE TABLE t (id int PRIMARY KEY, g int, {n@ numeric, i@ int})', 500);
SELECT run('CREATE TABLE w ({c@ text})', 500);
CREATE FUNCTION try(query text, n int, OUT result text, OUT why text, OUT what_to_do text) LANGUAGE plpgsql AS $$
BEGIN
	PERFORM ivm.create_view('error_row_too_wide.tried', wide(query, n));
	PERFORM ivm.drop_view('error_row_too_wide.tried');
	result := 'stored';
EXCEPTION WHEN program_limit_exceeded OR too_many_columns THEN
	GET STACKED DIAGNOSTICS result = MESSAGE_TEXT, why = PG_EXCEPTION_DETAIL, what_to_do = PG_EXCEPTION_HINT;
	result := sqlstate || ': ' || result;
END $$;
\x on
SELECT result, regexp_replace(why, '\d+ bytes', 'N bytes') AS why, what_to_do FROM try('SELECT g, {sum(n@) AS s@} FROM t GROUP BY g', 500);
SELECT construct, regexp_replace(note, '\d+ bytes', 'N bytes') AS note FROM ivm.explain_query(wide('SELECT g, {sum(n@) AS s@} FROM t GROUP BY g', 500));
\x off
SELECT query, n, split_part(result, ':', 1) AS result, substring(why, '\d+ columns') AS takes
FROM (VALUES ('{sum(n@) AS s@}', 140), ('{sum(n@) AS s@}', 150),
			 ('{avg(i@) AS s@}', 490), ('{sum(i@) AS s@, max(i@) AS h@}', 490),
			 ('{sum(i@::int8) AS s@}', 240), ('{sum(i@::int8) AS s@}', 260),
			 ('{min(i@) AS s@}', 500), ('{min(n@) AS s@}', 165), ('{min(n@) AS s@}', 175),
			 ('{count(i@) AS s@}', 500), ('{count(DISTINCT i@) AS s@}', 500),
			 ('{count(i@) FILTER (WHERE id > 0) AS s@}', 500),
			 ('{count(i@) AS c@, min(i@) AS l@, max(i@) AS h@}', 320),
			 ('{sum(i@::float8) AS s@}', 190), ('{sum(i@::float8) AS s@}', 210),
			 ('{variance(i@) AS s@}', 140), ('{variance(i@) AS s@}', 150),
			 ('{variance(n@) AS s@}', 100), ('{variance(n@) AS s@}', 110),
			 ('{string_agg(n@::text, '','' ORDER BY id) AS s@}', 330),
			 ('{string_agg(n@::text, '','' ORDER BY id) AS s@}', 350)) q(query, n),
	LATERAL try('SELECT g, ' || query || ' FROM t GROUP BY g', n);
SELECT query, n, split_part(result, ':', 1) AS result, substring(why, '\d+ columns') AS takes
FROM (VALUES ('SELECT {c@} FROM w', 500), ('SELECT DISTINCT {c@} FROM w', 500),
			 ('SELECT {c@, upper(c@) AS u@} FROM w', 160), ('SELECT {c@, upper(c@) AS u@} FROM w', 180),
			 ('SELECT {a.c@, b.c@ AS d@} FROM w a, w b', 160), ('SELECT {a.c@, b.c@ AS d@} FROM w a, w b', 180),
			 ('SELECT {a.c@, b.c@ AS d@, a.c@ AS e@} FROM w a, w b', 500)) q(query, n),
	LATERAL try(query, n);
-- the widest rows of what is accepted
SELECT make_view('sums', wide('SELECT g, {sum(n@) AS s@} FROM t GROUP BY g', 143));
SELECT make_view('extremes', wide('SELECT g, {min(n@) AS l@} FROM t GROUP BY g', 168));
INSERT INTO t (id, g) SELECT i, i % 2 FROM generate_series(1, 8) i;
SELECT run('UPDATE t SET {n@ = (id || repeat(''5'', 30 + @ % 8) || ''.'' || repeat(''7'', 1 + id % 3))::numeric}', 168);
SELECT * FROM check_views();
SELECT run('UPDATE t SET {n@ = CASE id WHEN 3 THEN ''NaN'' WHEN 4 THEN ''Infinity'' ELSE n@ - 1 END}', 168);
SELECT * FROM check_views();
DELETE FROM t WHERE id < 5;
SELECT * FROM check_views();
-- An error while a change is stored names the view, whenever that is: a row that
-- fits its table, and does not fit beside the number of its copies.
CREATE FUNCTION fill_rows(n int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE wide('INSERT INTO w SELECT {lpad(i::text, 15 + (@ <= 128)::int)} FROM generate_series(1, $1) i', 500)
	USING n;
END $$;
SELECT ivm.create_view('bag', 'SELECT * FROM w') IS NOT NULL AS created;
BEGIN;
SELECT fill_rows(1);
COMMIT;
SET ivm.pending_mem = '64kB';
DO $$
DECLARE
	context	text;
BEGIN
	PERFORM fill_rows(300);
EXCEPTION WHEN program_limit_exceeded THEN
	GET STACKED DIAGNOSTICS context = PG_EXCEPTION_CONTEXT;
	RAISE WARNING '%', split_part(context, E'\n', 1);
END $$;
RESET ivm.pending_mem;
SELECT ivm.pause('bag');
SELECT fill_rows(1);
SELECT ivm.resume('bag');
SELECT ivm.drop_view('bag');
SELECT ivm.create_view('bag', 'SELECT * FROM w');
DROP SCHEMA error_row_too_wide CASCADE;
