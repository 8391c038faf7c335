-- A view that comes to read other tables leaves views on a partition of those before their trigger.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
\set VERBOSITY terse
CREATE SCHEMA query_source_partitioned;
SET search_path = query_source_partitioned, ivm_test, public;
CREATE TABLE p (g int, x int) PARTITION BY LIST (g);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
CREATE TABLE o (g int, x int);
CREATE VIEW plain AS SELECT g, x FROM p;
SELECT make_view('v', 'SELECT g, sum(x) AS s FROM plain GROUP BY g');
SELECT make_view('v1', 'SELECT sum(x) AS s FROM p1');
CREATE OR REPLACE VIEW plain AS SELECT g, x FROM o;
INSERT INTO p VALUES (1, 5);
INSERT INTO o VALUES (2, 6);
SELECT viewname, status, reason FROM ivm.views ORDER BY 1;
SELECT * FROM check_views();
CREATE OR REPLACE VIEW plain AS SELECT g, x FROM p;
INSERT INTO p VALUES (1, 7);
SELECT viewname, status, reason FROM ivm.views ORDER BY 1;
SELECT * FROM check_views();
DROP SCHEMA query_source_partitioned CASCADE;
