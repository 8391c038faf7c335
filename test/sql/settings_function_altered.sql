-- A function of the definition is volatile for a while: the view runs its definition
-- then, and both this and what is captured go on under the settings of the view.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA settings_function_altered;
SET search_path = settings_function_altered, ivm_test, public;
SET TimeZone = 'UTC';
CREATE FUNCTION same(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN $1; END';
CREATE TABLE t (at timestamptz, x int);
SELECT make_view('days', $$SELECT date_trunc('day', at) AS day, sum(same(x)) AS total FROM t GROUP BY 1$$);
INSERT INTO t VALUES ('2024-01-01 20:00+00', 1);
ALTER FUNCTION same(int) VOLATILE;
SET TimeZone = 'Asia/Kolkata';
INSERT INTO t VALUES ('2024-01-01 20:00+00', 10), ('2024-01-02 20:00+00', 100);
SELECT day AT TIME ZONE 'UTC' AS day, total FROM days ORDER BY 1;
ALTER FUNCTION same(int) IMMUTABLE;
SELECT day AT TIME ZONE 'UTC' AS day, total FROM days ORDER BY 1;
SET TimeZone = 'UTC';
SELECT * FROM check_views();
DROP SCHEMA settings_function_altered CASCADE;
