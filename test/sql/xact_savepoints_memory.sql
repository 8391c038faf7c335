-- Subtransactions one in the other: what they all have pending is bounded by
-- ivm.pending_mem, not what each of them has.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA xact_savepoints_memory;
SET search_path = xact_savepoints_memory, public;
CREATE TABLE t (g int, x int);
SELECT ivm.create_view('v', 'SELECT g, sum(x) AS s FROM t GROUP BY g');

-- Each call inserts 300 new keys and calls the next one in a subtransaction; the last one
-- looks at the memory.
CREATE FUNCTION nest(depth int) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	bytes	bigint;
BEGIN
	INSERT INTO t SELECT depth * 300 + i, i FROM generate_series(1, 300) i;
	IF depth = 0 THEN
		RETURN (SELECT sum(total_bytes) FROM pg_backend_memory_contexts WHERE name LIKE 'ivm pending%');
	END IF;
	bytes := nest(depth - 1);
	IF depth = 30 THEN
		RAISE division_by_zero;		-- undoes the levels from 0 to 30
	END IF;
	RETURN bytes;
EXCEPTION WHEN division_by_zero THEN
	RETURN bytes;
END $$;

SET ivm.pending_mem = '64kB';
SELECT nest(80) BETWEEN 1 AND 1000000 AS bounded;
SELECT count(*), min(g), max(g) FROM v;
SELECT count(*) FROM ivm.verify_view('v');
DROP SCHEMA xact_savepoints_memory CASCADE;
