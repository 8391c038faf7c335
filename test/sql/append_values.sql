-- Append views: values of the watermark and of buckets that do not order rows, where they come from, and
-- changes that must not make rows be lost.
CREATE SCHEMA append_values;
SET search_path = append_values, public;
\getenv srcdir PG_ABS_SRCDIR
\set helpers :srcdir /sql/include/append.sql
\i :helpers
SET client_min_messages = warning;
-- a crash empties it, and its sequence
CREATE UNLOGGED TABLE unlogged (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, k int);
SELECT ivm.create_view('v', 'SELECT k, count(*) AS n FROM unlogged GROUP BY k', 'append', options => '{"watermark": "id"}');
CREATE TABLE logged (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, k int);
SELECT ivm.create_view('v', 'SELECT k, count(*) AS n FROM logged GROUP BY k', 'append', options => '{"watermark": "id"}');
ALTER TABLE logged SET UNLOGGED;
INSERT INTO logged (k) VALUES (1);
SELECT * FROM ivm.refresh('v');
ALTER TABLE logged SET LOGGED;
SELECT method FROM ivm.refresh('v');
TABLE v;
-- defaults that are computed from what orders rows
CREATE SEQUENCE s;
CREATE TABLE negated (id bigint PRIMARY KEY DEFAULT -nextval('s'), k int);
SELECT ivm.create_view('w', 'SELECT k, count(*) AS n FROM negated GROUP BY k', 'append', options => '{"watermark": "id"}');
CREATE TABLE narrowed (id int PRIMARY KEY DEFAULT nextval('s'), k int);
SELECT ivm.create_view('w', 'SELECT k, count(*) AS n FROM narrowed GROUP BY k', 'append', options => '{"watermark": "id"}');
CREATE TABLE by_statement (at timestamptz PRIMARY KEY DEFAULT statement_timestamp(), k int);
SELECT ivm.create_view('x', 'SELECT k, count(*) AS n FROM by_statement GROUP BY k', 'append', options => '{"watermark": "at"}');
CREATE TABLE backwards (at timestamptz PRIMARY KEY DEFAULT timestamptz '2100-01-01' - (now() - timestamptz '2000-01-01'), k int);
SELECT ivm.create_view('x', 'SELECT k, count(*) AS n FROM backwards GROUP BY k', 'append', options => '{"watermark": "at"}');
CREATE TABLE by_now (at timestamptz PRIMARY KEY DEFAULT now(), k int);
SELECT ivm.create_view('x', 'SELECT k, count(*) AS n FROM by_now GROUP BY k', 'append', options => '{"watermark": "at"}');
CREATE TABLE by_current (at timestamptz PRIMARY KEY DEFAULT CURRENT_TIMESTAMP, k int);
SELECT ivm.create_view('y', 'SELECT k, count(*) AS n FROM by_current GROUP BY k', 'append', options => '{"watermark": "at"}');
-- a default of a partition
CREATE TABLE parted (id bigserial, k int) PARTITION BY LIST (k);
CREATE SEQUENCE descending INCREMENT -1;
CREATE TABLE part PARTITION OF parted FOR VALUES IN (1);
CREATE INDEX ON parted (id);
SELECT ivm.create_view('p', 'SELECT k, count(*) AS n FROM parted GROUP BY k', 'append', options => '{"watermark": "id"}');
INSERT INTO parted (k) VALUES (1);
SELECT method FROM ivm.refresh('p');
ALTER TABLE part ALTER id SET DEFAULT nextval('descending');
INSERT INTO part (k) VALUES (1);
SELECT method FROM ivm.refresh('p');
SELECT ivm.create_view('q', 'SELECT k, count(*) AS n FROM parted GROUP BY k', 'append', options => '{"watermark": "id"}');
-- distances and buckets that are no numbers
CREATE TABLE numbers (id numeric PRIMARY KEY, n numeric);
SELECT ivm.create_view('n', 'SELECT n AS bucket, count(*) AS c FROM numbers GROUP BY n', 'append', options => '{"watermark": "id", "overlap": "NaN"}');
SELECT ivm.create_view('n', 'SELECT trunc(id / 10) AS bucket, count(*) AS c FROM numbers GROUP BY trunc(id / 10)', 'append',
	options => '{"watermark": "id", "overlap": 100, "late": 3, "bucket": "bucket"}');
INSERT INTO numbers SELECT i, i FROM generate_series(1, 100) i;
SELECT method FROM ivm.refresh('n');
SELECT closed_before, late_rows FROM ivm.views WHERE viewname = 'n';
-- the highest value is none that rows to come could be above
CREATE TABLE endless (id numeric PRIMARY KEY, k int);
INSERT INTO endless VALUES (1, 1), ('NaN', 1), ('Infinity', 1);
SELECT ivm.create_view('e1', 'SELECT k, count(*) AS n FROM endless GROUP BY k', 'append', options => '{"watermark": "id", "overlap": 10}');
INSERT INTO endless VALUES (2, 1);
SELECT * FROM refreshed('e1');
SELECT floors FROM ivm.append_leaf WHERE leaf = 'endless'::regclass;
CREATE TABLE always (at timestamptz PRIMARY KEY, k int);
INSERT INTO always VALUES ('2024-01-01', 1), ('infinity', 1);
SELECT ivm.create_view('e2', 'SELECT k, count(*) AS n FROM always GROUP BY k', 'append', options => '{"watermark": "at", "overlap": "1 hour"}');
INSERT INTO always VALUES ('2024-01-02', 1);
SELECT * FROM refreshed('e2');
CREATE TABLE dates (at date NOT NULL, k int);
CREATE INDEX ON dates (at DESC);
INSERT INTO dates VALUES ('-infinity', 1), ('infinity', 1), ('infinity', 1);
SELECT ivm.create_view('e3', 'SELECT k, count(*) AS n FROM dates GROUP BY k', 'append', options => '{"watermark": "at", "overlap": 0}');
INSERT INTO dates VALUES ('2024-01-02', 1), ('infinity', 1);
SELECT * FROM refreshed('e3');
-- a UUID at random among those that begin with a time, here of 2024
CREATE TABLE uuids (id uuid PRIMARY KEY, k int);
INSERT INTO uuids VALUES ('018df9d5-0000-7000-8000-000000000000', 1), ('e8b1a43c-52d1-4be4-9d5e-9b3c2a1f7a10', 1);
SELECT ivm.create_view('e5', 'SELECT k, count(*) AS n FROM uuids GROUP BY k', 'append', options => '{"watermark": "id", "overlap": "1 min"}');
INSERT INTO uuids VALUES ('018df9d6-0000-7000-8000-000000000000', 1), ('f0b1a43c-52d1-4be4-9d5e-9b3c2a1f7a10', 1);
SELECT * FROM refreshed('e5');
SELECT viewname, v.* FROM ivm.views, ivm.verify_view(view) v WHERE viewname IN ('e1', 'e2', 'e3', 'e5');
-- a sequence that has come further than the column's type
CREATE TABLE short (id smallint PRIMARY KEY DEFAULT nextval('s'), k int);
INSERT INTO short (k) VALUES (1);
SELECT ivm.create_view('e4', 'SELECT k, count(*) AS n FROM short GROUP BY k', 'append', options => '{"watermark": "id"}');
SELECT setval('s', 40000);
INSERT INTO short VALUES (32767, 1);
SELECT * FROM refreshed('e4');
-- several sequences for one column
CREATE SEQUENCE s1;
CREATE SEQUENCE s2;
CREATE TABLE fed (id bigint NOT NULL DEFAULT nextval('s1'), k int) PARTITION BY LIST (k);
CREATE INDEX ON fed (id);
CREATE TABLE fed_1 PARTITION OF fed FOR VALUES IN (1);
ALTER TABLE fed_1 ALTER id SET DEFAULT nextval('s2');
INSERT INTO fed SELECT nextval('s1'), 1 FROM generate_series(1, 100);
SELECT ivm.create_view('f', 'SELECT k, count(*) AS n FROM fed GROUP BY k', 'append', options => '{"watermark": "id"}');
INSERT INTO fed_1 (k) VALUES (1);
SELECT * FROM refreshed('f');
SELECT * FROM refreshed('f');
INSERT INTO fed_1 (k) VALUES (1);
INSERT INTO fed (k) VALUES (1);
SELECT * FROM refreshed('f');
TABLE f;
-- the watermark's column is gone, or of another type
CREATE TABLE retyped (id bigint PRIMARY KEY, k int);
SELECT ivm.create_view('r', 'SELECT k, count(*) AS n FROM retyped GROUP BY k', 'append', options => '{"watermark": "id", "overlap": 0, "max_staleness": "0"}');
ALTER TABLE retyped ALTER id TYPE text;
\set VERBOSITY default
SELECT * FROM ivm.refresh('r');
\set VERBOSITY terse
SELECT * FROM r;
ALTER TABLE retyped DROP COLUMN id;
SELECT * FROM ivm.refresh('r');
SELECT * FROM r;
-- rows of a partition that is gone stay counted when more has come than fits into memory
CREATE TABLE names (k int, name text);
INSERT INTO names SELECT i, 'n' || i FROM generate_series(1, 40000) i;
CREATE SEQUENCE days_id;
CREATE TABLE days (id bigint NOT NULL DEFAULT nextval('days_id'), day date NOT NULL, k int) PARTITION BY RANGE (day);
CREATE INDEX ON days (id);
CREATE TABLE days_1 PARTITION OF days FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
CREATE TABLE days_2 PARTITION OF days FOR VALUES FROM ('2024-02-01') TO ('2024-03-01');
INSERT INTO days (day, k) VALUES ('2024-01-01', 1), ('2024-02-01', 1);
SELECT ivm.create_view('d', 'SELECT day, k, name, count(*) AS n FROM days JOIN names USING (k) GROUP BY 1, 2, 3', 'append', options => '{"watermark": "id"}');
DROP TABLE days_1;
INSERT INTO days (day, k) SELECT '2024-02-02', i FROM generate_series(1, 30000) i;
SET maintenance_work_mem = '1MB';
SELECT method, rows_read FROM ivm.refresh('d', 'delta');
RESET maintenance_work_mem;
SELECT day, sum(n) FROM d GROUP BY 1 ORDER BY 1;
DROP SCHEMA append_values CASCADE;
