-- Constructs that cannot be maintained are refused by name, with position and remedy, at
-- any depth of the query.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA error_unsupported;
SET search_path = error_unsupported, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, g int, x int, at timestamptz);
CREATE TABLE u (id int);
CREATE SEQUENCE u_s;
SELECT ivm.create_view('v', 'SELECT g FROM t TABLESAMPLE SYSTEM (10)');
SELECT ivm.create_view('v', 'SELECT g FROM u JOIN t TABLESAMPLE SYSTEM (10) ON u.id = t.g');
SELECT ivm.create_view('v', 'SELECT id FROM u WHERE id IN (SELECT g FROM t TABLESAMPLE BERNOULLI (10))');
-- recursion, changes and locks in subqueries
SELECT ivm.create_view('v', 'WITH RECURSIVE r AS (SELECT id, g FROM t WHERE g = 0 UNION SELECT t.id, t.g FROM t JOIN r ON t.g = r.id) SELECT id FROM r');
SELECT ivm.create_view('v', 'SELECT id FROM u WHERE id IN (WITH RECURSIVE r AS (SELECT g FROM t UNION ALL SELECT g + 1 FROM r WHERE g < 5) SELECT g FROM r)');
SELECT ivm.create_view('v', 'WITH d AS (UPDATE t SET x = 1 RETURNING g) SELECT d.g FROM d JOIN u ON u.id = d.g');
SELECT ivm.create_view('v', 'SELECT q.g FROM (SELECT g FROM t FOR UPDATE) q JOIN u ON u.id = q.g');
SELECT ivm.create_view('v', 'SELECT t.g FROM t JOIN u ON u.id = t.g FOR SHARE OF u');
SELECT ivm.create_view('v', 'SELECT id FROM u WHERE EXISTS (SELECT 1 FROM t WHERE t.g = u.id FOR KEY SHARE)');
-- volatile in fact
SELECT ivm.create_view('v', 'SELECT g, random() AS r FROM t');
SELECT ivm.create_view('v', 'SELECT g, count(*) FILTER (WHERE at > now() - interval $$1 day$$) FROM t GROUP BY g');
SELECT ivm.create_view('v', 'SELECT g, count(*) FROM t WHERE at > current_timestamp OR g = 1 GROUP BY g');
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
-- in subqueries, WITH and join conditions
SELECT ivm.create_view('v', 'SELECT q.r FROM (SELECT g, random() AS r FROM t) q JOIN u ON u.id = q.g');
SELECT ivm.create_view('v', 'WITH q AS (SELECT g FROM t WHERE at < clock_timestamp()) SELECT q.g FROM q, u');
SELECT ivm.create_view('v', 'SELECT id FROM u WHERE id IN (SELECT g FROM t WHERE at < clock_timestamp())');
SELECT ivm.create_view('v', 'SELECT u.id FROM u LEFT JOIN t ON t.g = u.id AND t.at < current_timestamp');
SELECT ivm.create_view('v', 'SELECT id, (SELECT looks_volatile(max(g)) FROM t) AS m FROM u');
SELECT ivm.create_view('v', 'SELECT g, r FROM t, random() r');
SELECT ivm.create_view('v', 'SELECT g, r FROM t, LATERAL (VALUES (random())) q (r)');
SELECT ivm.create_view('v', 'SELECT g FROM t UNION ALL SELECT looks_stable(id) FROM u');
SELECT ivm.create_view('v', 'SELECT g, count(*) FROM t GROUP BY g HAVING count(*) > (SELECT random() FROM u LIMIT 1)');
-- system columns
SELECT ivm.create_view('v', 'SELECT ctid, g FROM t');
SELECT ivm.create_view('v', 'SELECT g, count(*) FROM t WHERE xmin::text <> $$0$$ GROUP BY g');
SELECT ivm.create_view('v', 'SELECT tableoid::regclass AS r, g FROM t');
SELECT ivm.create_view('v', 'SELECT q.id FROM (SELECT id, ctid AS c FROM t) q JOIN u ON u.id = q.id');
SELECT ivm.create_view('v', 'SELECT id FROM u WHERE EXISTS (SELECT 1 FROM t WHERE t.g = u.id AND t.ctid <> u.ctid)');
SELECT ivm.create_view('v', 'SELECT g FROM t JOIN u ON t.tableoid = u.tableoid');
-- columns of the same name
SELECT ivm.create_view('v', 'SELECT * FROM t FULL JOIN t v USING (id)');
SELECT ivm.create_view('v', 'SELECT t.*, u.* FROM t, u');
-- nothing was left behind
SELECT count(*) FROM pg_trigger WHERE tgrelid IN ('t'::regclass, 'u'::regclass);
DROP SCHEMA error_unsupported CASCADE;
