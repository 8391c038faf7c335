-- Append views over partitioned tables: partitions come, go, come back and are written anew.
\set VERBOSITY terse
CREATE SCHEMA append_partitions;
SET search_path = append_partitions, public;
\getenv srcdir PG_ABS_SRCDIR
\set helpers :srcdir /sql/include/append.sql
\i :helpers
CREATE SEQUENCE numbers;
CREATE TABLE p (id bigint NOT NULL DEFAULT nextval('numbers'), day date NOT NULL, k int, x int, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
CREATE TABLE p2 (day date NOT NULL, junk text, x int, k int, id bigint NOT NULL);
ALTER TABLE p2 DROP COLUMN junk;
ALTER TABLE p ATTACH PARTITION p2 FOR VALUES FROM ('2024-02-01') TO ('2024-03-01');
INSERT INTO p (day, k, x) SELECT date '2024-01-01' + i % 60, i % 3, i FROM generate_series(1, 600) i WHERE i % 60 < 60 AND date '2024-01-01' + i % 60 < '2024-03-01';
SELECT ivm.create_view('v', 'SELECT day, k, count(*) AS n, sum(x) AS s FROM p GROUP BY 1, 2', 'append', options => '{"watermark": "id"}');
\set q 'SELECT day, k, count(*) AS n, sum(x) AS s FROM p GROUP BY 1, 2'
SELECT count(*) FROM pg_trigger WHERE tgrelid IN (SELECT relid FROM pg_partition_tree('p')) AND NOT tgisinternal;
INSERT INTO p (day, k, x) VALUES ('2024-01-05', 1, 1), ('2024-02-05', 1, 2), ('2024-02-06', 9, 2);
SELECT * FROM refreshed('v');
SELECT * FROM differences('v', :'q');
-- a partition made empty, with a new one's first rows
CREATE TABLE p3 PARTITION OF p FOR VALUES FROM ('2024-03-01') TO ('2024-04-01');
SELECT * FROM refreshed('v');
INSERT INTO p (day, k, x) VALUES ('2024-03-05', 1, 1);
SELECT * FROM refreshed('v');
-- one that is attached full, with ids lower than others and rows that are older
CREATE TABLE p4 (LIKE p INCLUDING ALL);
INSERT INTO p4 (id, day, k, x) VALUES (1, '2024-04-01', 1, 1), (2, '2024-04-02', 1, 2);
VACUUM FREEZE p4;
SELECT * FROM refreshed('v');
ALTER TABLE p ATTACH PARTITION p4 FOR VALUES FROM ('2024-04-01') TO ('2024-05-01');
SELECT * FROM refreshed('v');
SELECT * FROM refreshed('v');
SELECT * FROM differences('v', :'q');
-- detached: its rows stay counted; attached again, with a row more
ALTER TABLE p DETACH PARTITION p4;
SELECT * FROM refreshed('v');
SELECT n FROM v WHERE day = '2024-04-01';
INSERT INTO p4 (id, day, k, x) VALUES (3, '2024-04-02', 1, 3);
SELECT * FROM refreshed('v');
ALTER TABLE p ATTACH PARTITION p4 FOR VALUES FROM ('2024-04-01') TO ('2024-05-01');
SELECT * FROM refreshed('v');
SELECT * FROM differences('v', :'q');
-- dropped: retention leaves what was counted
ALTER TABLE p DETACH PARTITION p1;
DROP TABLE p1;
SELECT * FROM refreshed('v');
SELECT count(*) FROM v WHERE day < '2024-02-01';
SELECT leaf::regclass, attached FROM ivm.append_leaf WHERE view_id = (SELECT id FROM ivm.views WHERE view = 'v'::regclass) ORDER BY 1;
-- emptied: what was counted is gone with all that is computed
TRUNCATE p3;
SELECT * FROM refreshed('v');
SELECT * FROM differences('v', :'q');
-- storage written anew, with new rows before and after
INSERT INTO p (day, k, x) VALUES ('2024-02-07', 1, 1);
VACUUM FULL p2;
INSERT INTO p (day, k, x) VALUES ('2024-02-07', 1, 2);
SELECT * FROM refreshed('v');
SELECT * FROM refreshed('v');
ALTER TABLE p ADD COLUMN z float8 DEFAULT random();
INSERT INTO p (day, k, x) VALUES ('2024-02-07', 1, 3);
SELECT * FROM refreshed('v');
CLUSTER p2 USING p2_pkey;
SELECT * FROM refreshed('v');
SELECT * FROM differences('v', :'q');
-- frozen rows
INSERT INTO p (day, k, x) VALUES ('2024-02-08', 1, 4);
VACUUM FREEZE p;
SELECT * FROM refreshed('v');
VACUUM FREEZE p;
SELECT * FROM refreshed('v');
SELECT * FROM differences('v', :'q');
BEGIN;
CREATE TABLE p5 (LIKE p INCLUDING ALL);
COPY p5 (id, day, k, x) FROM stdin WITH (FREEZE);
1	2024-05-01	1	1
2	2024-05-01	1	1
\.
ALTER TABLE p ATTACH PARTITION p5 FOR VALUES FROM ('2024-05-01') TO ('2024-06-01');
COMMIT;
SELECT * FROM refreshed('v');
SELECT * FROM refreshed('v');
SELECT * FROM differences('v', :'q');
-- partitions of a partition, in the transaction that fills them
BEGIN;
CREATE TABLE p6 PARTITION OF p FOR VALUES FROM ('2024-06-01') TO ('2024-08-01') PARTITION BY RANGE (day);
CREATE TABLE p6_1 PARTITION OF p6 FOR VALUES FROM ('2024-06-01') TO ('2024-06-10');
CREATE TABLE p6_d PARTITION OF p6 DEFAULT;
INSERT INTO p (day, k, x) SELECT date '2024-06-01' + i, i % 3, i FROM generate_series(1, 20) i;
SELECT method, rows_read FROM ivm.refresh('v');
COMMIT;
SELECT * FROM refreshed('v');
SELECT * FROM differences('v', :'q');
-- without an index, a partition is read as a whole
ALTER TABLE p DROP CONSTRAINT p_pkey;
INSERT INTO p (day, k, x) VALUES ('2024-06-01', 1, 4), ('2024-02-09', 1, 4);
SELECT * FROM refreshed('v');
SELECT * FROM refreshed('v');
-- NULLs, where the column may have them by now
ALTER TABLE p ADD PRIMARY KEY (id, day);
ALTER TABLE p DROP CONSTRAINT p_pkey;
ALTER TABLE p ALTER id DROP NOT NULL;
CREATE INDEX ON p (id DESC);
INSERT INTO p (id, day, k, x) VALUES (NULL, '2024-06-01', 1, 5), (100000, '2024-06-01', 1, 5);
SELECT * FROM refreshed('v');
SELECT * FROM differences('v', :'q');
DELETE FROM p WHERE id IS NULL;
ALTER TABLE p ALTER id SET NOT NULL;
INSERT INTO p (id, day, k, x) VALUES (100001, '2024-06-02', 1, 5);
SELECT * FROM refreshed('v');
SELECT floors FROM ivm.append_leaf WHERE leaf = 'p6_1'::regclass;
SELECT * FROM ivm.reconcile('v');
SELECT * FROM differences('v', :'q');
DROP SCHEMA append_partitions CASCADE;
