-- What is no single SELECT is refused, with the position in the query; nothing is left
-- behind.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA error_query_text;
SET search_path = error_query_text, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, g int, x int, s text);
SELECT ivm.create_view('v', '');
SELECT ivm.create_view('v', '  -- nothing');
SELECT ivm.create_view('v', 'SELECT g, FROM t');
SELECT ivm.create_view('v', 'SELECT nope FROM t');
SELECT ivm.create_view('v', 'SELECT g FROM nope');
SELECT ivm.create_view('v', 'SELECT g FROM t; SELECT x FROM t');
SELECT ivm.create_view('v', 'SELECT g FROM t; DROP TABLE t');
SELECT ivm.create_view('v', 'INSERT INTO t VALUES (1)');
SELECT ivm.create_view('v', 'DELETE FROM t RETURNING *');
SELECT ivm.create_view('v', 'CREATE TABLE u AS SELECT * FROM t');
SELECT ivm.create_view('v', 'EXPLAIN SELECT g FROM t');
SELECT ivm.create_view('v', 'SELECT g INTO u FROM t');
SELECT ivm.create_view('v', 'TABLE t FOR UPDATE');
SELECT ivm.create_view('v', 'SELECT g FROM t FOR SHARE');
SELECT ivm.create_view('v', 'WITH d AS (DELETE FROM t RETURNING g) SELECT g FROM d');
SELECT ivm.create_view('v', 'SELECT g FROM t WHERE x = $1');
SELECT ivm.create_view('v', 'SELECT FROM t');
SELECT ivm.create_view('v', 'SELECT g, x AS g FROM t');
SELECT ivm.create_view('v', 'SELECT count(*), count(x) FROM t');
SELECT ivm.create_view('v', $$SELECT g, 'it''s' || "s" FROM t WHERE s = 'x$$);
SELECT ivm.create_view('v', $$SELECT "g FROM t$$);
SELECT ivm.create_view('v', $_$SELECT $$x FROM t$_$);
SELECT ivm.create_view('v', 'SELECT g FROM t) UNION (SELECT 1');
SELECT ivm.create_view('v', 'SELECT g, x FROM t GROUP BY g');
SELECT ivm.create_view('v', 'SELECT sum(sum(x)) FROM t');
SELECT ivm.create_view('v', 'SELECT g FROM t WHERE sum(x) > 1');
-- a semicolon at the end, a comment, quotes in strings and names are fine
SELECT ivm.create_view('v', $$/* c */ SELECT g AS "a;b", 'x;''y' AS "c'd" FROM t -- end; $$);
SELECT ivm.create_view('w', E'SELECT g FROM t;\n ');
SELECT ivm.create_view('x', $$TABLE t$$);
INSERT INTO t VALUES (1, 2, 3, 'four');
SELECT * FROM v;
SELECT * FROM w;
SELECT * FROM x;
SELECT count(*) FROM pg_class WHERE relnamespace = 'error_query_text'::regnamespace AND relkind = 'v';
SELECT count(*) FROM pg_trigger WHERE tgrelid = 't'::regclass;
DROP SCHEMA error_query_text CASCADE;
