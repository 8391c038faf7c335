-- Deltas kept from read to read, where keeping them could go wrong: orders that differ in their
-- collation alone, types whose own functions read the view, values that take more memory than their pages.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA read_kept_deltas;
SET search_path = read_kept_deltas, ivm_test, public;

-- one operator, two collations
CREATE TABLE t (id serial PRIMARY KEY, k text COLLATE "C" NOT NULL, v int);
SELECT make_view('gv', 'SELECT k, count(*) AS n, sum(v) AS s FROM t GROUP BY k');
INSERT INTO t (k, v) SELECT chr(CASE WHEN i % 2 = 0 THEN 97 ELSE 65 END + i % 26) || i, i FROM generate_series(1, 2000) i;
SELECT ivm.create_index('gv', 'k', 'read_kept_deltas_c');
SELECT ivm.create_index('gv', 'k COLLATE "und-x-icu"', 'read_kept_deltas_icu');
CREATE TABLE picked AS SELECT k FROM t WHERE id <= 400;
SELECT fold_views();
ANALYZE;
BEGIN;
INSERT INTO t (k, v) SELECT k, 1 FROM picked;
PREPARE TRANSACTION 'regress_ivm_kept_deltas';
INSERT INTO t (k, v) SELECT k, 1000 FROM picked;
INSERT INTO t (k, v) SELECT k || 'new', 1000 FROM picked;
SET enable_sort = off;
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SET enable_incremental_sort = off;
SELECT k, s FROM gv ORDER BY k LIMIT 3;
SELECT k, s FROM gv ORDER BY k COLLATE "und-x-icu" LIMIT 8;
RESET enable_sort;
SELECT k, sum(v) AS s FROM t GROUP BY k ORDER BY k COLLATE "und-x-icu" LIMIT 8;
RESET enable_seqscan;
RESET enable_bitmapscan;
RESET enable_incremental_sort;
SELECT * FROM check_views();
ROLLBACK PREPARED 'regress_ivm_kept_deltas';

-- a type whose equality and hash read the view when they are told to: once per statement
CREATE TYPE own;
CREATE FUNCTION own_in(cstring) RETURNS own AS 'textin' LANGUAGE internal IMMUTABLE STRICT;
CREATE FUNCTION own_out(own) RETURNS cstring AS 'textout' LANGUAGE internal IMMUTABLE STRICT;
CREATE TYPE own (INPUT = own_in, OUTPUT = own_out, LIKE = text);
CREATE CAST (own AS text) WITHOUT FUNCTION;
CREATE CAST (text AS own) WITHOUT FUNCTION AS ASSIGNMENT;
CREATE FUNCTION nest(who text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	n	bigint;
BEGIN
	IF current_setting('nest.who', true) = who AND current_setting('nest.times', true) > '0' THEN
		PERFORM set_config('nest.times', (current_setting('nest.times')::int - 1)::text, false);
		PERFORM set_config('nest.who', '', false);
		EXECUTE 'SELECT sum(s) FROM read_kept_deltas.owned' INTO n;
		PERFORM set_config('nest.who', who, false);
	END IF;
END $$;
CREATE FUNCTION own_eq(a own, b own) RETURNS bool LANGUAGE plpgsql IMMUTABLE STRICT AS
	'BEGIN PERFORM read_kept_deltas.nest(''equality''); RETURN a::text = b::text; END';
CREATE FUNCTION own_cmp(a own, b own) RETURNS int LANGUAGE sql IMMUTABLE STRICT AS 'SELECT bttextcmp(a::text, b::text)';
CREATE FUNCTION own_lt(a own, b own) RETURNS bool LANGUAGE sql IMMUTABLE STRICT AS 'SELECT a::text < b::text';
CREATE FUNCTION own_le(a own, b own) RETURNS bool LANGUAGE sql IMMUTABLE STRICT AS 'SELECT a::text <= b::text';
CREATE FUNCTION own_gt(a own, b own) RETURNS bool LANGUAGE sql IMMUTABLE STRICT AS 'SELECT a::text > b::text';
CREATE FUNCTION own_ge(a own, b own) RETURNS bool LANGUAGE sql IMMUTABLE STRICT AS 'SELECT a::text >= b::text';
-- many values have the same hash
CREATE FUNCTION own_hash(a own) RETURNS int LANGUAGE plpgsql IMMUTABLE STRICT AS
	'BEGIN PERFORM read_kept_deltas.nest(''hash''); RETURN length(a::text); END';
CREATE FUNCTION own_hash_extended(a own, seed int8) RETURNS int8 LANGUAGE plpgsql IMMUTABLE STRICT AS
	'BEGIN PERFORM read_kept_deltas.nest(''hash''); RETURN length(a::text); END';
CREATE OPERATOR = (LEFTARG = own, RIGHTARG = own, FUNCTION = own_eq, COMMUTATOR = =, HASHES, MERGES);
CREATE OPERATOR < (LEFTARG = own, RIGHTARG = own, FUNCTION = own_lt, COMMUTATOR = >);
CREATE OPERATOR <= (LEFTARG = own, RIGHTARG = own, FUNCTION = own_le);
CREATE OPERATOR > (LEFTARG = own, RIGHTARG = own, FUNCTION = own_gt, COMMUTATOR = <);
CREATE OPERATOR >= (LEFTARG = own, RIGHTARG = own, FUNCTION = own_ge);
CREATE OPERATOR CLASS own_btree DEFAULT FOR TYPE own USING btree AS
	OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 own_cmp(own, own);
CREATE OPERATOR CLASS own_hash DEFAULT FOR TYPE own USING hash AS
	OPERATOR 1 =, FUNCTION 1 own_hash(own), FUNCTION 2 own_hash_extended(own, int8);
CREATE TABLE o (id serial PRIMARY KEY, k own NOT NULL, v int);
SELECT ivm.create_view('owned', 'SELECT k, count(*) AS n, sum(v) AS s FROM o GROUP BY k');
INSERT INTO o (k, v) SELECT ('k' || i)::own, i FROM generate_series(1, 60) i;
ANALYZE;
BEGIN;
INSERT INTO o (k, v) SELECT ('k' || i)::own, 1 FROM generate_series(1, 30) i;
PREPARE TRANSACTION 'regress_ivm_kept_deltas';
INSERT INTO o (k, v) SELECT ('k' || i)::own, 1000 FROM generate_series(1, 30) i;
INSERT INTO o (k, v) SELECT ('k' || i)::own, 1000 FROM generate_series(1, 30) i;
-- while deltas are read and summed up; each of two reads nests
SET nest.times = '1';
SET nest.who = 'hash';
SELECT count(*), sum(n), sum(s) FROM owned;
SELECT count(*), sum(n), sum(s) FROM owned;
\c
SET search_path = read_kept_deltas, ivm_test, public;
SET nest.times = '1';
SET nest.who = 'equality';
SELECT count(*), sum(n), sum(s) FROM owned;
-- while the state's rows are matched, each time
SET nest.times = '30';
SELECT count(*), sum(n), sum(s) FROM owned;
SELECT current_setting('nest.times') < '30' AS nested;
RESET nest.who;
SELECT sum(n), sum(s) FROM (SELECT count(*) AS n, sum(v) AS s FROM o GROUP BY k) q;
ROLLBACK PREPARED 'regress_ivm_kept_deltas';

-- a few pages of large compressed values: they are not kept
CREATE TABLE large (g int, x text);
SELECT make_view('largest', 'SELECT g, count(*) AS n, max(x) AS m FROM large GROUP BY g');
INSERT INTO large VALUES (1, 'a'), (2, 'b');
BEGIN;
INSERT INTO large VALUES (1, 'c');
PREPARE TRANSACTION 'regress_ivm_kept_deltas';
SET default_transaction_isolation = 'serializable';		-- which only appends
DO $$ BEGIN FOR i IN 1 .. 40 LOOP INSERT INTO large VALUES (1, i || repeat('x', 1000000)); COMMIT; END LOOP; END $$;
RESET default_transaction_isolation;
BEGIN;
DECLARE c CURSOR FOR SELECT g, n, length(m) FROM largest ORDER BY g;
FETCH ALL FROM c;
SELECT sum(total_bytes) < 16000000 AS bounded FROM pg_backend_memory_contexts WHERE name LIKE 'ivm delta%';
COMMIT;
SELECT * FROM check_views();
ROLLBACK PREPARED 'regress_ivm_kept_deltas';
SET client_min_messages = warning;
DROP SCHEMA read_kept_deltas CASCADE;
