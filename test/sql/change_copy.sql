-- COPY into a table, with a WHERE, with columns left out, failing; COPY of a view.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA change_copy;
SET search_path = change_copy, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, g int, x int);
SELECT make_view('grouped', 'SELECT g, count(*) AS n, sum(x) AS s, min(x) AS lo, max(x) AS hi FROM t GROUP BY g');
SELECT make_view('listed', $$SELECT g, string_agg(x::text, ',' ORDER BY x, id) AS l FROM t WHERE x > 1 GROUP BY g$$);
SELECT make_view('bag', 'SELECT g, x % 3 AS r FROM t');
COPY t FROM stdin;
1	1	10
2	1	\N
3	\N	5
\.
SELECT * FROM grouped ORDER BY g;
SELECT * FROM check_views();
COPY t (id, x) FROM stdin (FORMAT csv);
4,7
5,
\.
COPY t FROM stdin WHERE g > 1;
6	1	1
7	2	2
\.
SELECT * FROM grouped ORDER BY g;
SELECT * FROM check_views();
-- into a table made in the same transaction
BEGIN;
CREATE TABLE u (g int, x int);
SELECT make_view('fresh', 'SELECT g, sum(x) AS s FROM u GROUP BY g');
COPY u FROM stdin;
1	5
1	6
\.
SELECT * FROM fresh;
COMMIT;
SELECT * FROM check_views();
-- a failed one
COPY t FROM stdin;
8	3	3
8	3	4
\.
SELECT * FROM check_views();
COPY (SELECT * FROM grouped ORDER BY g) TO stdout;
SELECT * FROM check_views();
DROP SCHEMA change_copy CASCADE;
