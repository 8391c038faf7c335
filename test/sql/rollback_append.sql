-- CALL ivm.rebuild(..., keep => true) and ivm.rollback() of append views: afterwards they take in each row once, as if they had not been
-- refreshed since.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
\set helpers :srcdir /sql/include/append.sql
\set VERBOSITY terse
CREATE SCHEMA rollback_append;
SET search_path = rollback_append, public;
\i :helpers
CREATE TABLE e (id bigserial, at date NOT NULL, x int) PARTITION BY RANGE (at);
CREATE TABLE e1 PARTITION OF e FOR VALUES FROM ('2020-01-01') TO ('2020-02-01');
CREATE TABLE e2 PARTITION OF e FOR VALUES FROM ('2020-02-01') TO ('2030-02-01');
CREATE INDEX ON e (id);
CREATE VIEW n AS SELECT x FROM generate_series(1, 10) x;
\set days 'SELECT at, count(*) AS n, sum(x) AS s, max(x) AS most FROM e GROUP BY at'
INSERT INTO e (at, x) SELECT date '2020-01-27' + x, x FROM n;
SELECT ivm.create_view('v', :'days', 'append', options => '{"watermark": "id", "bucket": "at"}');
CREATE TABLE before AS TABLE v;
SELECT ivm.data_as_of('v') AS v_as_of \gset

-- rows that come, an update that is not followed, and a rebuild that follows it
INSERT INTO e (at, x) SELECT date '2020-01-27' + x, x * 100 FROM n;
UPDATE e1 SET x = -1 WHERE x = 2;
CALL ivm.rebuild('v', keep => true);
SELECT * FROM differences('v', :'days');
SELECT kept_as_of = :'v_as_of', kept_bytes > 0 FROM ivm.views WHERE view = 'v'::regclass;
INSERT INTO e (at, x) SELECT date '2020-01-27' + x, x * 1000 FROM n;
SELECT * FROM refreshed('v', 'delta');
INSERT INTO e (at, x) VALUES ('2020-02-05', 1), ('2020-02-20', 1);
SELECT count(*) FROM ivm.rollback('v');
SELECT * FROM differences('v', 'TABLE before');
SELECT ivm.data_as_of('v') = :'v_as_of', status, split_part(reason, ' to', 1) AS reason FROM ivm.views WHERE view = 'v'::regclass;
SELECT * FROM refreshed('v');
SELECT ivm.alter_view('v', '{"max_staleness": "0"}');
SELECT * FROM differences('v', 'TABLE before');
SELECT ivm.alter_view('v', '{"max_staleness": null}');
SELECT ivm.pause('v');
SELECT count(*) FROM ivm.rollback('v');
SELECT count(*) FROM ivm.generation_append_view;
SELECT count(*) FROM ivm.generation_append_leaf;
-- each row once; that one was updated is not followed, as ever
SELECT count(*) FROM ivm.resume('v');
SELECT * FROM differences('v', :'days');
SELECT method, rows_read FROM ivm.history WHERE view_name = 'rollback_append.v' ORDER BY id DESC LIMIT 2;
INSERT INTO e (at, x) SELECT date '2020-01-27' + x, 7 FROM n;
SELECT * FROM refreshed('v', 'delta');
SELECT * FROM ivm.reconcile('v');
SELECT * FROM differences('v', :'days');

-- a partition that has gone meanwhile, and one that was written anew
CALL ivm.rebuild('v', keep => true);
DROP TABLE before;
CREATE TABLE before AS TABLE v;
INSERT INTO e (at, x) VALUES ('2020-01-28', 5), ('2020-02-05', 5);
SELECT method FROM refreshed('v');
ALTER TABLE e DETACH PARTITION e1;
SELECT method FROM refreshed('v');
VACUUM FULL e2;
SELECT method, reason FROM refreshed('v');
SELECT count(*) FROM ivm.rollback('v');
SELECT * FROM differences('v', 'TABLE before');
CALL ivm.rebuild('v', keep => true);
SELECT * FROM differences('v', :'days');
SELECT count(*) FROM ivm.rollback('v');
SELECT * FROM differences('v', 'TABLE before');
SELECT count(*) FROM ivm.reconcile('v');
SELECT * FROM differences('v', :'days');
SELECT status FROM ivm.views WHERE view = 'v'::regclass;

-- closed buckets are those of before
SELECT ivm.create_view('c', :'days', 'append', options => '{"watermark": "id", "bucket": "at", "late": "3 days"}');
INSERT INTO e (at, x) VALUES (current_date, 1);
SELECT method FROM refreshed('c');
SELECT closed_before AS c_before FROM ivm.views WHERE view = 'c'::regclass \gset
CALL ivm.rebuild('c', keep => true);
UPDATE ivm.append_view SET closed_before = '2100-01-01' WHERE view_id = (SELECT id FROM ivm.view WHERE view = 'c'::regclass);
INSERT INTO e (at, x) VALUES (current_date, 2);
SELECT method, rows_read FROM refreshed('c');
SELECT late_rows, closed_before FROM ivm.views WHERE view = 'c'::regclass;
SELECT count(*) FROM ivm.rollback('c');
SELECT late_rows, closed_before = :'c_before' FROM ivm.views WHERE view = 'c'::regclass;
SELECT n, s FROM c WHERE at = current_date;
SELECT count(*) FROM ivm.resume('c');
SELECT n, s FROM c WHERE at = current_date;

-- Where the rows taken in are known by their ids alone, as after a snapshot with many subtransactions, a wider
-- overlap makes the next refresh compute all afresh, also after going back: these rows are not counted twice.
CREATE TABLE h (id bigserial, g int);
CREATE INDEX ON h (id);
INSERT INTO h (g) SELECT i % 3 FROM generate_series(1, 1000) i;
SELECT ivm.create_view('overlapped', 'SELECT g, count(*) AS n FROM h GROUP BY g', 'append', options => '{"watermark": "id"}');
BEGIN;
DO $$ BEGIN FOR i IN 1 .. 80 LOOP BEGIN INSERT INTO h (g) VALUES (7); EXCEPTION WHEN division_by_zero THEN NULL; END; END LOOP; END $$;
PREPARE TRANSACTION 'regress_ivm_rollback_append';
INSERT INTO h (id, g) VALUES (1, 0), (2, 0), (3, 0), (4, 0);
CALL ivm.rebuild('overlapped');
CALL ivm.rebuild('overlapped', keep => true);
COMMIT PREPARED 'regress_ivm_rollback_append';
SELECT method FROM refreshed('overlapped');
SELECT ivm.alter_view('overlapped', '{"overlap": 5000}');
SELECT method FROM refreshed('overlapped');
SELECT count(*) FROM ivm.rollback('overlapped');
SELECT count(*) FROM ivm.resume('overlapped');
SELECT method FROM refreshed('overlapped');
SELECT * FROM overlapped ORDER BY g;
SELECT count(*) FROM ivm.verify_view('overlapped');

-- not while it is being filled; dropped with its rows
SELECT ivm.create_view('f', :'days', 'append', false, '{"watermark": "id", "batch_rows": 2, "newest_first": true}');
SELECT method FROM refreshed('f');
CALL ivm.rebuild('f', keep => true);
CALL ivm.rebuild('c', keep => true);
BEGIN;
SELECT ivm.before_alter('e', 'x');
ALTER TABLE e ALTER x TYPE bigint;
SELECT ivm.after_alter();
COMMIT;
SELECT count(*) FROM ivm.generation;
CALL ivm.rebuild('c', keep => true);
DROP VIEW c;
SELECT count(*) FROM ivm.generation;
SELECT count(*) FROM ivm.generation_append_leaf;
SELECT relname FROM pg_class WHERE relnamespace = 'ivm_data'::regnamespace AND relname LIKE '%kept';

SET client_min_messages = warning;
DROP SCHEMA rollback_append CASCADE;
