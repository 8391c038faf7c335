-- A name with a list of columns: read, checked and kept as CREATE VIEW does it.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA create_columns;
SET search_path = create_columns, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, g text, x int);
INSERT INTO t SELECT i, 'g' || i % 3, i FROM generate_series(1, 9) i;
CREATE FUNCTION columns(view regclass) RETURNS name[] LANGUAGE sql AS
	'SELECT array_agg(attname ORDER BY attnum) FROM pg_attribute WHERE attrelid = view';
-- the view, and what it should be, compared by name
CREATE FUNCTION make(name text, query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	made regclass;
	plain regclass;
BEGIN
	EXECUTE 'CREATE VIEW ' || name || ' AS ' || query;
	plain := regexp_replace(name, ' *\([^()]*\)$', '')::regclass;
	EXECUTE format('ALTER VIEW %s RENAME TO plain', plain);
	made := ivm.create_view(name, query);
	INSERT INTO definition VALUES (made, 'TABLE plain', 'both');
	RETURN format('%s, %s: %s', made, CASE WHEN columns(made) = columns(plain) THEN 'same' ELSE 'WRONG' END, columns(made));
END $$;
-- each is maintained, and its text in ivm.views has the names
CREATE FUNCTION check_made() RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	UPDATE t SET x = x + 1;
	INSERT INTO t SELECT max(id) + 1, 'g2', 1 FROM t;
	RETURN QUERY SELECT view || ': ' || result FROM check_views();
	EXECUTE 'CREATE VIEW again AS ' || definition FROM ivm.views;
	RETURN NEXT columns('again');
	DROP VIEW again;
	PERFORM ivm.drop_view(view::text) FROM definition;
	DELETE FROM definition;
	DROP VIEW plain;
END $$;

SELECT make('v(a, b)', 'SELECT g, count(*) FROM t GROUP BY g');
SELECT * FROM ivm.verify_view('v');
SELECT ivm.create_index('v', 'b') IS NOT NULL AS made;
SELECT part, construct, note FROM ivm.explain_view('v') WHERE part = 'core';
SELECT check_made();
-- fewer names; quotes, a schema, blanks and comments; a name for a column that sorts and groups
SELECT make('"My View"("A b", c)', 'SELECT g, count(*), sum(x) FROM t GROUP BY g ORDER BY sum(x), g LIMIT 2');
SELECT check_made();
SELECT make('create_columns . V ( Ao /* the first */ , "select" )', 'SELECT x + 1, g AS gg FROM t ORDER BY gg');
SELECT check_made();
-- set operations, whose columns get their names from the first query
SELECT make('"w(x)" (l)', 'SELECT g FROM t UNION SELECT id::text FROM t');
SELECT check_made();
SELECT make('v(l, m)', '(SELECT g, x FROM t UNION ALL SELECT id::text, 2 FROM t) EXCEPT SELECT g, 3 FROM t');
SELECT check_made();
-- windows, parts, a whole row
SELECT make('v(a, b, c, row_count)', 'SELECT g, sum(x), rank() OVER (ORDER BY sum(x)), count(*) > (SELECT avg(x) FROM t) FROM t GROUP BY g');
SELECT check_made();
SELECT make('v("row")', 'SELECT to_jsonb(t) FROM t');
SELECT check_made();

-- renamed, reconciled, read by others, and replaced with another list
SELECT ivm.create_view('v(a, b)', 'SELECT g, count(*) FROM t GROUP BY g');
SELECT ivm.create_view('above(k)', 'SELECT a FROM v WHERE b > 2');
ALTER VIEW v RENAME COLUMN a TO key;
SELECT * FROM ivm.reconcile('v', 'key = ''g1''');
SELECT * FROM ivm.reconcile('v');
UPDATE t SET g = 'g0' WHERE id = 1;
SELECT columns('v'), columns('above');
TABLE v ORDER BY key;
TABLE above ORDER BY k;
SELECT ivm.drop_view('above');
SELECT ivm.create_view('v(a, c)', 'SELECT g, count(*) FROM t GROUP BY g', options => '{"replace": true}');
SELECT ivm.create_view('v(key, b, c)', 'SELECT g, count(*), max(id) FROM t GROUP BY g', options => '{"replace": true}');
SELECT columns('v');
SELECT ivm.create_view('v(a, c)', 'SELECT g, count(*) FROM t GROUP BY g');
SELECT ivm.create_view('v(other)', 'SELECT g, count(*) FROM t GROUP BY g', options => '{"if_not_exists": true}');
SELECT columns('v');
SELECT ivm.create_view('later(a)', 'SELECT g, count(*) FROM t GROUP BY g', 'deferred');
SELECT ivm.create_view('appended(a, b)', 'SELECT g, count(*) FROM t GROUP BY g', 'append', options => '{"watermark": "id", "overlap": "10"}');
SELECT columns('later'), columns('appended');

-- what CREATE VIEW does not accept
SELECT ivm.create_view('w(a, b, c)', 'SELECT g, count(*) FROM t GROUP BY g');
SELECT ivm.create_view('w(a, a)', 'SELECT g, count(*) FROM t GROUP BY g');
SELECT ivm.create_view('w(x)', 'SELECT g, x FROM t');
SELECT ivm.create_view('w(g)', 'SELECT x, y FROM t');
SELECT ivm.create_view('w()', 'SELECT g FROM t');
SELECT ivm.create_view('w(a', 'SELECT g FROM t');
SELECT ivm.create_view('w(a,)', 'SELECT g FROM t');
SELECT ivm.create_view('w a(b)', 'SELECT g FROM t');
SELECT ivm.create_view('uni (a b)', 'SELECT g FROM t');
SELECT ivm.create_view('w(*)', 'SELECT g FROM t');
SELECT ivm.create_view('w(a)(b)', 'SELECT g FROM t');
SELECT ivm.create_view('order(a)', 'SELECT g FROM t');
SELECT ivm.create_view('(a)', 'SELECT g FROM t');
SELECT ivm.create_view('pg_temp.w(a)', 'SELECT g FROM t');
SELECT ivm.create_view('nope.create_columns.w(a)', 'SELECT g FROM t');
-- what is more than a name
\set VERBOSITY terse
SELECT ivm.create_view('w(a) AS SELECT 1', 'SELECT g FROM t');
SELECT ivm.create_view('w(a) AS SELECT 1 -- ', 'SELECT g FROM t');
SELECT ivm.create_view('w(a) AS SELECT 1 /*', 'SELECT g FROM t');
SELECT ivm.create_view('w(a) AS SELECT 1; DROP TABLE t', 'SELECT g FROM t');
SELECT ivm.create_view('w(a) AS SELECT 1; DROP TABLE t; CREATE VIEW z', 'SELECT g FROM t');
SELECT ivm.create_view('w(a) AS SELECT FROM t WINDOW', 'SELECT g FROM t');
SELECT ivm.create_view('w(a) AS SELECT UNION', 'SELECT g FROM t');
SELECT ivm.create_view('w(a) AS (SELECT', 'SELECT g FROM t');
SELECT ivm.create_view('w(a) AS VALUES (1)', 'SELECT g FROM t');
SELECT ivm.create_view('w(a) WITH (security_barrier)', 'SELECT g FROM t');
SELECT ivm.create_view('w(a) AS SELECT $a$', 'SELECT g FROM t');
SELECT ivm.create_view('w(a), "b', 'SELECT g FROM t');
SELECT ivm.create_view('w(a); CREATE VIEW z', 'SELECT g FROM t');
SELECT ivm.create_view('w AS SELECT 1', 'SELECT g FROM t');
SELECT ivm.create_view('w WITH (security_barrier)', 'SELECT g FROM t');
SELECT count(*) FROM t;
SELECT relname FROM pg_class WHERE relnamespace = 'create_columns'::regnamespace AND relkind = 'v' ORDER BY 1;
DROP SCHEMA create_columns CASCADE;
