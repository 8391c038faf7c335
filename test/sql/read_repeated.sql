-- What a session keeps of deltas between reads: within the memory that hash tables may take,
-- no longer than the view, and not of tables whose changes leave no trace in their pages.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA read_repeated;
SET search_path = read_repeated, ivm_test, public;
CREATE TABLE a (g int, x numeric);
CREATE TABLE b (g int, x numeric);
CREATE UNLOGGED TABLE u (g int, x numeric);
SELECT make_view('va', 'SELECT g, count(*) AS n, sum(x) AS total FROM a GROUP BY g');
SELECT make_view('vb', 'SELECT g, count(*) AS n, max(x) AS high FROM b GROUP BY g');
SELECT make_view('vu', 'SELECT g, count(*) AS n, sum(x) AS total FROM u GROUP BY g');
SELECT make_view('one', 'SELECT count(*) AS n, sum(x) AS total FROM a');
SELECT count(ivm.create_index('va', 'total'));
-- nothing can be folded: all keys are locked
BEGIN;
INSERT INTO a SELECT i, 1 FROM generate_series(1, 600) i;
INSERT INTO b SELECT i, 1 FROM generate_series(1, 600) i;
INSERT INTO u SELECT i, 1 FROM generate_series(1, 600) i;
PREPARE TRANSACTION 'regress_ivm_read_repeated';
INSERT INTO a SELECT i, i * 0.5 FROM generate_series(1, 600) i;
INSERT INTO b SELECT i, i FROM generate_series(1, 600) i;
INSERT INTO u SELECT i, i FROM generate_series(1, 600) i;
CREATE FUNCTION kept() RETURNS bigint LANGUAGE sql
RETURN (SELECT count(*) FROM pg_backend_memory_contexts WHERE name = 'ivm delta cache');
SELECT kept();
SELECT count(*), sum(total) FROM va;
SELECT count(*), sum(total) FROM va;
SELECT g, total FROM va ORDER BY total DESC LIMIT 3;
SELECT kept();
SELECT count(*), sum(high) FROM vb;
SELECT count(*), sum(total) FROM vu;
SELECT n, total FROM one;
-- neither of a table that is not logged, nor of the only row of all
SELECT kept();
-- the memory of both is more than there may be: that of the view read last is kept
SET work_mem = '200kB';
SET hash_mem_multiplier = 1;
SELECT count(*), sum(total) FROM va;
SELECT kept();
SELECT count(*), sum(high) FROM vb;
SELECT kept();
SELECT count(*), sum(total) FROM va;
SELECT kept();
SET work_mem = '64kB';
SELECT count(*), sum(total) FROM va;
SELECT count(*), sum(high) FROM vb;
SELECT kept();
RESET work_mem;
RESET hash_mem_multiplier;
-- several scans at once, of which one sees more than the others
BEGIN;
DECLARE c CURSOR FOR SELECT total FROM va ORDER BY total DESC;
FETCH 2 FROM c;
SELECT count(*), sum(l.total + r.total) FROM va l JOIN va r USING (g);
INSERT INTO a VALUES (1, 100000);
SELECT g, total FROM va ORDER BY total DESC LIMIT 2;
FETCH 2 FROM c;
COMMIT;
SELECT g, total FROM va ORDER BY total DESC LIMIT 2;
ROLLBACK PREPARED 'regress_ivm_read_repeated';
SELECT * FROM check_views();
SELECT fold_views();
SELECT * FROM check_views();
SELECT count(*), sum(total) FROM va;
-- nothing outlives a view
DELETE FROM definition;
SELECT ivm.drop_view('va'), ivm.drop_view('vb'), ivm.drop_view('vu'), ivm.drop_view('one');
SELECT kept();
DROP SCHEMA read_repeated CASCADE;
