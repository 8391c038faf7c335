-- min and max compare by the collation of their argument, also afresh.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA agg_min_collation;
SET search_path = agg_min_collation, ivm_test, public;
CREATE COLLATION nd (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE t (g int, c text COLLATE nd, d text COLLATE "C", e text COLLATE "und-x-icu");
INSERT INTO t VALUES (1, 'B', 'B', 'B'), (1, 'a', 'a', 'a'), (2, 'b', 'b', 'b'), (2, 'A', 'A', 'A');
SELECT make_view('v', 'SELECT g, min(c) AS lo_c, max(c) AS hi_c, min(d) AS lo_d, max(d) AS hi_d, min(e) AS lo_e, max(d COLLATE "und-x-icu") AS hi_x FROM t GROUP BY g');
SELECT * FROM v ORDER BY g;
INSERT INTO t VALUES (1, 'C', 'C', 'C'), (2, 'c', 'c', 'c');
SELECT * FROM v ORDER BY g;
DELETE FROM t WHERE c IN ('a', 'c');
SELECT * FROM v ORDER BY g;
SELECT * FROM check_views();
DROP SCHEMA agg_min_collation CASCADE;
