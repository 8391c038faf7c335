-- A partition that is a foreign table: what is written elsewhere fires no trigger, so no view is made.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
\set VERBOSITY default
\set SHOW_CONTEXT never
CREATE SCHEMA partition_foreign;
SET search_path = partition_foreign, ivm_test, public;
CREATE FOREIGN DATA WRAPPER partition_foreign;
CREATE SERVER partition_foreign FOREIGN DATA WRAPPER partition_foreign;
CREATE TABLE p (g int, x int) PARTITION BY LIST (g);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
CREATE FOREIGN TABLE p2 PARTITION OF p FOR VALUES IN (2) SERVER partition_foreign;
SELECT ivm.create_view('v', 'SELECT g, sum(x) AS s FROM p GROUP BY g');
SELECT ivm.create_view('v', 'SELECT g, sum(x) AS s FROM p GROUP BY g', 'deferred');
SELECT ivm.create_view('v', 'SELECT g, sum(x) AS s FROM p GROUP BY g', with_data => false);
SELECT code, construct, note FROM ivm.explain_query('SELECT g, sum(x) AS s FROM p GROUP BY g');
SELECT count(*) FROM ivm.views WHERE schemaname = 'partition_foreign';
-- without it, there is one
ALTER TABLE p DETACH PARTITION p2;
SELECT make_view('v', 'SELECT g, sum(x) AS s FROM p GROUP BY g');
INSERT INTO p VALUES (1, 5);
SELECT check_views();
-- one that comes later makes it stale, until it goes
ALTER TABLE p ATTACH PARTITION p2 FOR VALUES IN (2);
SELECT viewname, status, reason FROM ivm.views WHERE schemaname = 'partition_foreign';
INSERT INTO p VALUES (1, 6);
ALTER TABLE p DETACH PARTITION p2;
SELECT FROM ivm.reconcile('v');
INSERT INTO p VALUES (1, 7);
SELECT viewname, status, reason FROM ivm.views WHERE schemaname = 'partition_foreign';
SELECT check_views();
DROP FOREIGN DATA WRAPPER partition_foreign CASCADE;
DROP SCHEMA partition_foreign CASCADE;
