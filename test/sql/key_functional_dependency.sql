-- Columns that the primary key in GROUP BY determines need not be in GROUP BY.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\set change_keys :srcdir /sql/include/change_keys.sql
\i :oracle
CREATE SCHEMA key_functional_dependency;
SET search_path = key_functional_dependency, ivm_test, public;
CREATE TABLE t (id int PRIMARY KEY, k text, v int);
SELECT make_view('determined', 'SELECT id, k, v, count(*) FROM t GROUP BY id');
SELECT make_view('hidden', 'SELECT upper(k) AS k, v * 2 AS v2, sum(v) FROM t GROUP BY id');
INSERT INTO t SELECT i, chr(96 + i % 5), i FROM generate_series(1, 12) i;
SELECT * FROM determined ORDER BY id;
\i :change_keys
\set VERBOSITY terse
-- the view keeps the constraint that it depends on
ALTER TABLE t DROP CONSTRAINT t_pkey;
DROP SCHEMA key_functional_dependency CASCADE;
