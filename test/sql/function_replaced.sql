-- A view is stale when a function that its definition calls is replaced by another one: by name, as an operator,
-- or in an aggregate; not when it is replaced by itself. Append views stay as they are, since the rows of their
-- closed buckets may be gone.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
\set VERBOSITY terse
CREATE SCHEMA function_replaced;
SET search_path = function_replaced, ivm_test, public;
SET client_min_messages = error;
CREATE FUNCTION f(int, by int DEFAULT 1) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1 + $2';
CREATE FUNCTION minus(text, int) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT left($1, -$2)';
CREATE OPERATOR - (LEFTARG = text, RIGHTARG = int, FUNCTION = minus);
CREATE FUNCTION step(int, int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT greatest($1, $2)';
CREATE AGGREGATE most(int) (SFUNC = step, STYPE = int, INITCOND = 0);
CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, day date, x int, s text);
INSERT INTO t (day, x, s) SELECT date '2026-01-01' + i % 3, i, 'text' || i FROM generate_series(1, 30) i;
SELECT make_view('called', 'SELECT day, sum(f(x)) AS s FROM t GROUP BY day');
SELECT make_view('operator', 'SELECT s - 1 AS s, count(*) AS n FROM t GROUP BY 1');
SELECT make_view('aggregate', 'SELECT day, most(x) AS m FROM t GROUP BY day');
SELECT make_view('without', 'SELECT day, sum(x) AS s FROM t GROUP BY day');
SELECT make_view('over', 'SELECT sum(s) AS s FROM called');
SELECT ivm.create_view('deferred', 'SELECT day, count(f(x)) AS n, max(f(x)) AS m FROM t GROUP BY day', 'deferred');
SELECT ivm.create_view('appended', 'SELECT day, sum(f(x)) AS s FROM t GROUP BY day', 'append', options => '{"watermark": "id", "late": "1 day"}');
DELETE FROM t WHERE day = '2026-01-01';
CREATE FUNCTION stale(OUT text[]) LANGUAGE sql AS $$
	SELECT coalesce(array_agg(viewname::text ORDER BY id), '{}') FROM ivm.views WHERE schemaname = 'function_replaced' AND status <> 'ready' $$;
-- by itself, in whatever way it is written, or with another price
CREATE OR REPLACE FUNCTION f(int, by int DEFAULT 1) RETURNS int IMMUTABLE COST 7 LANGUAGE sql AS 'SELECT $1 + $2';
ALTER FUNCTION f(int, int) STRICT;
SELECT stale();
CALL ivm.refresh_all('function\_replaced.%');
ALTER FUNCTION f(int, int) STRICT COST 3;
SELECT stale();
-- each way in which another one comes
CREATE OR REPLACE FUNCTION f(int, by int DEFAULT 1) RETURNS int IMMUTABLE STRICT LANGUAGE sql AS 'SELECT $1 * 2 + $2';
SELECT stale();
SELECT * FROM check_views();
CALL ivm.refresh_all('function\_replaced.%');
CREATE OR REPLACE FUNCTION f(int, by int DEFAULT 100) RETURNS int IMMUTABLE STRICT LANGUAGE sql AS 'SELECT $1 * 2 + $2';
SELECT stale();
CALL ivm.refresh_all('function\_replaced.%');
CREATE OR REPLACE FUNCTION minus(text, int) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT right($1, -$2)';
SELECT stale();
CREATE OR REPLACE FUNCTION step(int, int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT least($1, $2)';
SELECT stale();
CALL ivm.refresh_all('function\_replaced.%');
CREATE OR REPLACE AGGREGATE most(int) (SFUNC = int4pl, STYPE = int, INITCOND = 0);
SELECT stale();
-- there and back in a transaction, and rolled back
CALL ivm.refresh_all('function\_replaced.%');
BEGIN;
CREATE OR REPLACE FUNCTION f(int, by int DEFAULT 100) RETURNS int IMMUTABLE STRICT LANGUAGE sql AS 'SELECT 0';
SELECT stale();
INSERT INTO t (day, x, s) VALUES ('2026-01-02', 77, 'more');
SELECT * FROM check_views();
ROLLBACK;
SELECT stale();
INSERT INTO t (day, x, s) VALUES ('2026-01-02', 77, 'more');
SELECT * FROM check_views();
SELECT * FROM appended ORDER BY day;
DROP SCHEMA function_replaced CASCADE;
