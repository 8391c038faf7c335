-- DateStyle, IntervalStyle, extra_float_digits, bytea_output of the writer do not
-- matter where a definition makes text.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA settings_output_formats;
SET search_path = settings_output_formats, ivm_test, public;
SET DateStyle = 'ISO, DMY';
SET IntervalStyle = 'postgres';
SET extra_float_digits = 1;
SET bytea_output = 'hex';
CREATE TABLE t (id int PRIMARY KEY, d date, i interval, f float8, b bytea, r float4[]);
SELECT make_view('dates', 'SELECT d::text AS t, count(*) FROM t GROUP BY 1');
SELECT make_view('intervals', $$SELECT i::text AS t, max('in ' || i) AS m FROM t GROUP BY 1$$);
SELECT make_view('floats', $$SELECT f::text AS t, format('%s', f) AS u, concat(f, '!') AS v, count(*) FROM t GROUP BY 1, 2, 3$$);
SELECT make_view('bytes', 'SELECT b::text AS t, count(*) FROM t GROUP BY 1');
SELECT make_view('nested', $$SELECT r::text AS t, to_jsonb(f) AS j, row_to_json(ROW(d, f))::text AS rj, count(*) FROM t GROUP BY 1, 2, 3$$);
SELECT make_view('above', $$SELECT id % 2 AS odd, max(d)::text AS d, (sum(f) || '') AS f, (max(i))::text AS i FROM t GROUP BY 1$$);
SELECT make_view('bag', 'SELECT d::text AS d, f::text AS f FROM t WHERE f::text <> $$0.3$$');
SELECT make_view('read_as_dmy', $$SELECT count(*) AS n FROM t WHERE d >= '01/02/2026'::text::date$$);
INSERT INTO t VALUES (1, '2026-02-01', '1 day 2 hours', 0.1::float8 + 0.2, 'abc', '{0.1}'), (2, '2025-12-31', '-3 mons', 1e15, '\x00ff', NULL), (3, NULL, NULL, NULL, NULL, NULL);
SELECT * FROM above ORDER BY odd;
SELECT * FROM check_views();
SET DateStyle = 'German';
SET IntervalStyle = 'iso_8601';
SET extra_float_digits = -10;
SET bytea_output = 'escape';
INSERT INTO t SELECT id + 10, d, i, f, b, r FROM t;
UPDATE t SET d = d + 31, i = i * 2, f = f / 3 WHERE id % 2 = 0;
DELETE FROM t WHERE id = 1;
-- what is computed on reading follows the view's settings as well
SELECT * FROM above ORDER BY odd;
SELECT * FROM dates ORDER BY t;
SELECT * FROM floats ORDER BY t;
BEGIN;
DELETE FROM t WHERE id = 11;
SELECT t FROM floats ORDER BY t;
ROLLBACK;
SHOW extra_float_digits;
SET DateStyle = 'ISO, DMY';
SET IntervalStyle = 'postgres';
SET extra_float_digits = 1;
SET bytea_output = 'hex';
SELECT * FROM check_views();
DROP SCHEMA settings_output_formats CASCADE;
