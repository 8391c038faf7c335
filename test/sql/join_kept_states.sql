-- Executor states are kept from commit to commit: whatever becomes of tables, indexes,
-- functions and transactions in between.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA join_kept_states;
SET search_path = join_kept_states, ivm_test, public;
CREATE TABLE d (id int PRIMARY KEY, g text, z int NOT NULL DEFAULT 1);
CREATE TABLE f (id int PRIMARY KEY, d int, x int);
CREATE INDEX f_d ON f (d);
INSERT INTO d SELECT n, 'g' || n % 7 FROM generate_series(1, 500) n;
INSERT INTO f SELECT n, 1 + n % 500, n FROM generate_series(1, 2000) n;
ANALYZE d, f;
SELECT make_view('sums', 'SELECT g, count(*) AS n, sum(x / z) AS total FROM f JOIN d ON d.id = f.d GROUP BY g');
SELECT make_view('lefts', 'SELECT g, count(f.id) AS n, sum(x) AS total FROM d LEFT JOIN f ON f.d = d.id GROUP BY g');
CREATE PROCEDURE work(first int) LANGUAGE plpgsql AS $$
BEGIN
	FOR i IN 1 .. 5 LOOP
		INSERT INTO f VALUES (first + i, 1 + (first + i * 7) % 510, i);
		COMMIT;
		UPDATE d SET g = 'g' || (first + i) % 7 WHERE id = 1 + (first + i * 3) % 500;
		COMMIT;
		DELETE FROM f WHERE id = first / 10 + i;
		COMMIT;
		IF i = 2 THEN
			INSERT INTO f VALUES (first + 50 + i, 2, i);
			ROLLBACK;
		END IF;
	END LOOP;
END $$;
CALL work(10000);
SELECT * FROM check_views();
-- they are kept: each view over two tables has some
SELECT count(*) >= 3 AS kept FROM pg_backend_memory_contexts WHERE name = 'ivm kept state';
REINDEX TABLE d;
REINDEX INDEX CONCURRENTLY f_d;
CALL work(10100);
VACUUM (FULL, ANALYZE) d;
CLUSTER f USING f_pkey;
CALL work(10200);
SELECT * FROM check_views();
-- the index that the plans use is gone, and comes back
DROP INDEX f_d;
CALL work(10300);
CREATE INDEX f_d ON f (d) WHERE d > 100;
CALL work(10400);
DROP INDEX CONCURRENTLY f_d;
CREATE INDEX CONCURRENTLY f_d ON f (d) INCLUDE (id);
CALL work(10500);
SELECT * FROM check_views();
-- columns come and go
ALTER TABLE d ADD COLUMN later int DEFAULT 3;
ALTER TABLE f ADD COLUMN later text;
ALTER TABLE f DROP COLUMN later;
CALL work(10600);
ALTER TABLE d DROP COLUMN later;
CALL work(10700);
SELECT * FROM check_views();
-- an error in the middle of a run, at commit and in a read
INSERT INTO d VALUES (600, 'zero', 0);
INSERT INTO f VALUES (20001, 600, 1);
CALL work(10800);
INSERT INTO f VALUES (20002, 600, 1), (20003, 1, 1);
BEGIN;
INSERT INTO f VALUES (20004, 600, 1);
SAVEPOINT s;
SELECT count(*) FROM sums;
ROLLBACK TO s;
DELETE FROM f WHERE id = 20004;
COMMIT;
CALL work(10900);
SELECT * FROM check_views();
-- written and rolled back, prepared, with other settings, after TRUNCATE
BEGIN;
INSERT INTO f VALUES (20005, 5, 1);
SAVEPOINT s;
CREATE INDEX ON f (x);
UPDATE d SET g = 'own' WHERE id = 5;
SELECT * FROM check_views();
ROLLBACK TO s;
COMMIT;
BEGIN;
INSERT INTO f VALUES (20006, 5, 1);
PREPARE TRANSACTION 'regress_ivm_kept';
COMMIT PREPARED 'regress_ivm_kept';
SET enable_indexscan = off;
CALL work(11000);
RESET enable_indexscan;
CALL work(11100);
TRUNCATE f;
CALL work(11200);
INSERT INTO f SELECT n, 1 + n % 500, n FROM generate_series(1, 2000) n;
CALL work(11300);
SELECT * FROM check_views();
-- another owner
CREATE ROLE regress_ivm_kept;
GRANT ALL ON SCHEMA join_kept_states TO regress_ivm_kept;
GRANT ALL ON d, f TO regress_ivm_kept;
ALTER VIEW sums OWNER TO regress_ivm_kept;
CALL work(11400);
SELECT * FROM check_views();
DROP SCHEMA join_kept_states CASCADE;
DROP ROLE regress_ivm_kept;
