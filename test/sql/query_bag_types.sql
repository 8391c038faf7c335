-- Plain rows of types that have no equality, or one that takes different texts for
-- equal: each shown as it was written.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA query_bag_types;
SET search_path = query_bag_types, ivm_test, public;
CREATE TABLE t (id int, j json, p point, x xml, n numeric, jb jsonb, f float8, iv interval, bp char(5), poly polygon, v tsvector, arr numeric[]);
SELECT make_view('whole', 'SELECT * FROM t', 'text');
SELECT make_view('no_equality', 'SELECT j, p, x FROM t', 'text');
SELECT make_view('loose', 'SELECT n, f, iv, jb, arr FROM t');
SELECT make_view('made', $$SELECT j -> 'a' AS a, p <-> point '(0,0)' AS d, xmlserialize(CONTENT x AS text) AS x FROM t$$, 'text');
INSERT INTO t VALUES
	(1, '{"a": 1}', '(1,2)', '<a/>', 1.0, '{"a": 1.0}', 0, '1 day', 'x', '((0,0),(1,1))', 'a:1 b', '{1.0}'),
	(1, '{"a":1}', '(1,2)', '<a></a>', 1.00, '{"a": 1.00}', '-0', '24:00', 'x ', '((0,0),(1,1))', 'b a:1', '{1.00}'),
	(1, '{"a":1}', '(1,2)', '<a></a>', 1.00, '{"a": 1.00}', '-0', '24:00', 'x ', '((0,0),(1,1))', 'b a:1', '{1.00}'),
	(2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
SELECT * FROM no_equality ORDER BY 1::text, j::text;
SELECT n, f, iv, arr FROM loose ORDER BY n, n::text;
SELECT * FROM check_views();
DELETE FROM t WHERE n::text = '1.0';
SELECT n, f, iv, arr FROM loose ORDER BY n, n::text;
SELECT * FROM check_views();
UPDATE t SET n = 1.0, f = 0, iv = '1 day' WHERE ctid = (SELECT min(ctid) FROM t WHERE id = 1);
SELECT n, f, iv, arr FROM loose ORDER BY n, n::text;
SELECT * FROM check_views();
UPDATE t SET j = '[]', x = NULL, p = '(0,0)' WHERE id = 2;
SELECT * FROM check_views();
INSERT INTO t SELECT * FROM t;
SELECT * FROM check_views();
DELETE FROM t WHERE id = 1;
SELECT * FROM check_views();
DROP SCHEMA query_bag_types CASCADE;
