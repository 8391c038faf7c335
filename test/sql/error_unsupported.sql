-- Constructs that cannot be maintained yet are refused by name, with position and
-- remedy.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA error_unsupported;
SET search_path = error_unsupported, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, g int, x int, at timestamptz);
CREATE TABLE u (id int);
CREATE SEQUENCE u_s;
SELECT ivm.create_view('v', 'SELECT t.g FROM t JOIN u ON u.id = t.g');
SELECT ivm.create_view('v', 'SELECT t.g FROM t, u');
SELECT ivm.create_view('v', 'SELECT g FROM (SELECT g FROM t) q');
SELECT ivm.create_view('v', 'WITH q AS (SELECT g FROM t) SELECT g FROM q');
SELECT ivm.create_view('v', 'SELECT g FROM t UNION SELECT id FROM u');
SELECT ivm.create_view('v', 'SELECT g FROM t WHERE g IN (SELECT id FROM u)');
SELECT ivm.create_view('v', 'SELECT g, (SELECT max(id) FROM u) AS m FROM t');
SELECT ivm.create_view('v', 'SELECT g, generate_series(1, x) AS s FROM t');
SELECT ivm.create_view('v', 'SELECT g, count(*) FROM t GROUP BY ROLLUP (g)');
SELECT ivm.create_view('v', 'SELECT s FROM generate_series(1, 3) s');
SELECT ivm.create_view('v', 'SELECT g FROM t TABLESAMPLE SYSTEM (10)');
SELECT ivm.create_view('v', 'SELECT t FROM t');
SELECT ivm.create_view('v', 'SELECT g, count(t.*) FROM t GROUP BY g');
-- volatile in fact
SELECT ivm.create_view('v', 'SELECT g, random() AS r FROM t');
SELECT ivm.create_view('v', 'SELECT g, count(*) FROM t WHERE at > now() - interval $$1 day$$ GROUP BY g');
SELECT ivm.create_view('v', 'SELECT g, count(*) FROM t WHERE at > current_timestamp GROUP BY g');
SELECT ivm.create_view('v', 'SELECT g, count(*) FROM t GROUP BY g HAVING max(at) > clock_timestamp()');
SELECT ivm.create_view('v', 'SELECT current_date - at::date AS age FROM t');
SELECT ivm.create_view('v', 'SELECT g, current_user AS who FROM t');
SELECT ivm.create_view('v', 'SELECT g, nextval($$u_s$$) AS n FROM t');
SELECT ivm.create_view('v', 'SELECT g, age(at) AS a FROM t');
SELECT ivm.create_view('v', 'SELECT g FROM t WHERE at > $$today$$::text::timestamptz');
SELECT ivm.create_view('v', 'SELECT g, current_setting($$TimeZone$$) AS z FROM t');
SELECT ivm.create_view('v', 'SELECT g, pg_backend_pid() AS p FROM t');
CREATE FUNCTION looks_stable(int) RETURNS int LANGUAGE sql STABLE AS 'SELECT $1';
CREATE FUNCTION looks_volatile(int) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN $1; END';
SELECT ivm.create_view('v', 'SELECT looks_volatile(g) AS g FROM t');
SELECT ivm.create_view('v', 'SELECT looks_stable(g) AS g, count(*) FROM t GROUP BY 1');
-- system columns
SELECT ivm.create_view('v', 'SELECT ctid, g FROM t');
SELECT ivm.create_view('v', 'SELECT g, count(*) FROM t WHERE xmin::text <> $$0$$ GROUP BY g');
SELECT ivm.create_view('v', 'SELECT tableoid::regclass AS r, g FROM t');
SELECT count(*) FROM pg_trigger WHERE tgrelid = 't'::regclass;
DROP SCHEMA error_unsupported CASCADE;
