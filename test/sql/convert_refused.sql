-- convert, and drop_view(keep): what is refused changes nothing.
CREATE SCHEMA convert_refused;
SET search_path = convert_refused, public;
SET client_min_messages = warning;
CREATE ROLE regress_ivm_refused;
CREATE ROLE regress_ivm_refused_other;
GRANT USAGE, CREATE ON SCHEMA convert_refused TO regress_ivm_refused, regress_ivm_refused_other;
CREATE TABLE t (id int PRIMARY KEY, k int, s text, x numeric);
CREATE INDEX ON t (k);
INSERT INTO t SELECT g, g % 5, 's' || g % 7, g FROM generate_series(1, 20) g;
CREATE MATERIALIZED VIEW m AS SELECT k, count(*) AS n, sum(x) AS sum, sum(x) / count(*) AS mean, rank() OVER (ORDER BY k) AS r FROM t GROUP BY k;
CREATE VIEW above AS SELECT * FROM m;

-- what it is
SELECT ivm.convert('t');
SELECT ivm.convert('above');
SELECT ivm.convert('t_pkey');
SELECT ivm.convert(0);
SELECT ivm.convert(NULL);
SELECT ivm.convert('m', NULL);
SELECT ivm.convert('m', options => NULL);
SELECT ivm.convert('m', 'sometimes');
SELECT ivm.convert('m', options => '{"replace": true}');
SELECT ivm.convert('m', options => '{"fillfactor": 5}');
SELECT ivm.convert('m', options => '[]');
SELECT ivm.convert('m', options => '{"refresh": "5 min"}');
SELECT ivm.convert('m', 'append');

-- its definition
CREATE MATERIALIZED VIEW unsure AS SELECT k, random() AS r FROM t;
SELECT ivm.convert('unsure');
CREATE MATERIALIZED VIEW over AS SELECT k FROM m;
SELECT ivm.convert('over');
CREATE MATERIALIZED VIEW recursive AS WITH RECURSIVE w AS (SELECT 1 AS a UNION ALL SELECT a + 1 FROM w WHERE a < 3) SELECT * FROM w;
SELECT ivm.convert('recursive');
DROP MATERIALIZED VIEW over;

-- its indexes
CREATE UNIQUE INDEX m_sum ON m (sum);
SELECT ivm.convert('m');
DROP INDEX m_sum;
CREATE UNIQUE INDEX m_part ON m (k) WHERE n > 1;
SELECT ivm.convert('m');
DROP INDEX m_part;
CREATE INDEX m_rank ON m (r);
SELECT ivm.convert('m');
DROP INDEX m_rank;
CREATE INDEX m_mean ON m (mean);
SELECT ivm.convert('m');
DROP INDEX m_mean;
CREATE INDEX m_where ON m (k) WHERE mean > 0;
SELECT ivm.convert('m');
DROP INDEX m_where;
CREATE INDEX m_include ON m (k) INCLUDE (mean);
SELECT ivm.convert('m');
DROP INDEX m_include;
CREATE MATERIALIZED VIEW bag AS SELECT id, s FROM t;
CREATE UNIQUE INDEX bag_id ON bag (id);
SELECT ivm.convert('bag');

-- what a view does not have
CREATE STATISTICS m_both ON k, n FROM m;
CREATE VIEW system AS SELECT ctid FROM m;
SELECT ivm.convert('m');
DROP STATISTICS m_both;
DROP VIEW system;

-- rights: the user's, and the owner's on the tables
GRANT ALL ON m TO regress_ivm_refused;
SET ROLE regress_ivm_refused;
SELECT ivm.convert('m');
RESET ROLE;
ALTER MATERIALIZED VIEW m OWNER TO regress_ivm_refused;
SELECT ivm.convert('m');
GRANT SELECT ON t TO regress_ivm_refused;
SELECT ivm.convert('m');
SET ROLE regress_ivm_refused;
SELECT ivm.convert('m');
RESET ROLE;
GRANT TRIGGER ON t TO regress_ivm_refused;

-- while it is read, while its table is written, and read-only
BEGIN;
DECLARE c CURSOR FOR SELECT * FROM m;
FETCH c;
SELECT ivm.convert('m');
ROLLBACK;
WITH w AS (INSERT INTO t VALUES (100, 1, 's', 1) RETURNING id) SELECT ivm.convert('m') FROM w;
BEGIN READ ONLY;
SELECT ivm.convert('m');
ROLLBACK;

-- made in this transaction
BEGIN;
REFRESH MATERIALIZED VIEW m;
SELECT ivm.convert('m');
ROLLBACK;
BEGIN;
CREATE MATERIALIZED VIEW new AS SELECT k FROM t;
SELECT ivm.convert('new');
ROLLBACK;
BEGIN;
SELECT ivm.create_view('new', 'SELECT k FROM t');
SELECT ivm.drop_view('new', keep => 'table');
ROLLBACK;

-- it is as it was
SELECT count(*) FROM ivm.views;
SELECT count(*) FROM pg_class WHERE relnamespace = 'ivm_data'::regnamespace;
SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'ivm_capture%';
REFRESH MATERIALIZED VIEW m;
SELECT relkind, (SELECT count(*) FROM above) FROM pg_class WHERE oid = 'm'::regclass;

-- then it is possible; once
SELECT ivm.convert('m');
SELECT ivm.convert('m');

-- and what is refused on the way back
SELECT ivm.drop_view('m', keep => 'rows');
SELECT ivm.drop_view('m', cascade => true, keep => 'table');
SELECT ivm.create_view('reader', 'SELECT sum(n) FROM m');
SELECT ivm.drop_view('m', keep => 'table');
SELECT ivm.drop_view('reader');
SET ROLE regress_ivm_refused_other;
SELECT ivm.drop_view('m', keep => 'table');
RESET ROLE;
BEGIN;
DECLARE c CURSOR FOR SELECT * FROM m;
FETCH c;
\set VERBOSITY sqlstate
SELECT ivm.drop_view('m', keep => 'table');
\set VERBOSITY default
ROLLBACK;
REVOKE SELECT ON t FROM regress_ivm_refused;
INSERT INTO t VALUES (200, 9, 's', 1);
SELECT k, n FROM above WHERE k = 9;
SELECT ivm.drop_view('m', keep => 'materialized view');
SELECT relkind, relowner::regrole, (SELECT max(n) FROM above) AS n FROM pg_class WHERE oid = 'm'::regclass;
DROP SCHEMA convert_refused CASCADE;
DROP ROLE regress_ivm_refused, regress_ivm_refused_other;
