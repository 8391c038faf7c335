-- An index of a user over the key columns, whose collation or operator class is another one, is not taken for the key
-- index, even if that was made anew later.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA key_index_own;
SET search_path = key_index_own, ivm_test, public;
CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE t (id serial, k varchar(20) COLLATE ci, l varchar(10), v int);
INSERT INTO t (k, l, v) SELECT 'k' || i, 'l' || i, i FROM generate_series(1, 50) i;
SELECT make_view('folded', 'SELECT k, count(*) AS n, sum(v) AS s FROM t GROUP BY k', 'values');
SELECT make_view('plain', 'SELECT l, count(*) AS n, sum(v) AS s FROM t GROUP BY l');
SELECT ivm.create_index('folded', 'k COLLATE "C"', 'key_index_own_c') IS NOT NULL AS made;
SELECT ivm.create_index('plain', 'l varchar_pattern_ops', 'key_index_own_pattern') IS NOT NULL AS made;
SELECT indexrelid::regclass AS folded_key FROM pg_index, ivm.view WHERE indrelid = state AND view = 'folded'::regclass AND indisunique
\gset
SELECT indexrelid::regclass AS plain_key FROM pg_index, ivm.view WHERE indrelid = state AND view = 'plain'::regclass AND indisunique
\gset
REINDEX INDEX CONCURRENTLY :folded_key;
REINDEX INDEX CONCURRENTLY :plain_key;
INSERT INTO t (k, l, v) SELECT 'K' || i, 'L' || i, i FROM generate_series(1, 50) i;
SELECT * FROM check_views();
BEGIN;
INSERT INTO t (k, l, v) SELECT 'K' || i, 'l' || i, i FROM generate_series(1, 50) i;
PREPARE TRANSACTION 'regress_ivm_key_index_own';
INSERT INTO t (k, l, v) SELECT 'k' || i, 'l' || i, i FROM generate_series(11, 50) i;
SELECT * FROM check_views();
SELECT same('SELECT n, s FROM @folded v WHERE k = ''K12''');
SELECT same('SELECT * FROM @plain v WHERE l ~>~ ''l3''');
SELECT same('SELECT * FROM @plain v WHERE l LIKE ''l4%''');
COMMIT PREPARED 'regress_ivm_key_index_own';
SELECT fold_views();
SELECT * FROM check_views();
DROP SCHEMA key_index_own CASCADE;
