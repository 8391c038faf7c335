-- Functions that finishings call are for everybody to call, with states that no view has: an error, whatever they are given.
\getenv srcdir PG_ABS_SRCDIR
\set oracle :srcdir /sql/include/oracle.sql
\i :oracle
CREATE SCHEMA error_internal_arguments;
SET search_path = error_internal_arguments, ivm_test, public;
\set VERBOSITY terse
CREATE FUNCTION told(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE result text;
BEGIN
	EXECUTE 'SELECT ' || call INTO result;
	RETURN coalesce(result, 'null');
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
-- states of another aggregate, or of none; the column asked for has another type than the function's
SELECT call, told('ivm._combine_' || call) FROM unnest(ARRAY[
	'numeric(2107, 20, 0, 7::numeric, 2::int8)',
	'numeric(2107, 20, 0, 7::int8, 2::int8)',
	'numeric(2107, 20, 0, 7::numeric)',
	'numeric(2107, 20, 1, 7::numeric, 2::int8)',
	'bytea(2107, 20, 0, 7::numeric, 2::int8)',
	'bytea(2111, 701, 0, 140000000::int8, 2::int8, 3::int8)',
	'numeric(2107, 701, 0, 7::numeric, 2::int8)',
	'numeric(2107, NULL, 0, 7::numeric, 2::int8)',
	'numeric(2803, 20, 0, 7::numeric, 2::int8)',
	'numeric(2107, 20, 5, 7::numeric, 2::int8)',
	'money(2112, 790, 0, 1.5::float8, 1::money)']) AS call;
-- sums that are no numbers
SELECT told('ivm._var_pop(1, 1, ''NaN'', NULL)'), told('ivm._stddev_samp(1, 1, ''Infinity'', ''{1}'')'), told('ivm._var_samp(''NaN'', 2, 5, NULL)');
SELECT told('ivm._interval_result(''1 day'', 1, ''{1}'')');
-- sums of numbers with keys that no state has: below those that there are, above the largest display scale; and columns that are NULL
SELECT told(format('ivm._var_pop(1, 1, 1, %L)', aux)), left(told(format('ivm._combine_numeric(2114, 1700, 0, 1::numeric, 1::int8, %L::numeric[])', aux)), 60)
FROM unnest(ARRAY['{-7,1}', '{-1000000,1}', '{-2147483648,1}', '{16384,1}', '{2147483647,1}', '{NaN,1}', '{-4,NaN,-4,1}', '{-5,1,-5,NaN}', '{NULL,1}', '{16383,1}']) AS aux;
SELECT told('ivm._combine_numeric(''var_pop(numeric)''::regprocedure, 1700, 2, 1::numeric, 1::int8, NULL::numeric, NULL::numeric[])'),
	told('ivm._combine_numeric(''var_pop(numeric)''::regprocedure, 1700, 2, NULL::numeric, 1::int8, 1::numeric, NULL::numeric[])'),
	told('ivm._combine_numeric(2114, 1700, 0, 1::numeric, NULL::int8, NULL::numeric[])');
-- infinite intervals, which some versions do not have
SELECT told('ivm._interval_result(''1 day'', 1, ''{1,0,0,0,0,0}'')') IN ('infinity', '22023 unexpected array of interval sums') AS told;
-- counts of bits, and the type of a result that has none
SELECT told('ivm._bit_or(ivm._bit_counts(5), NULL::int)'), told('ivm._bit_or(ivm._bit_counts(5), NULL::text)'),
	told('ivm._bit_or(ivm._bit_counts(B''1''), NULL::text)'), told('ivm._bit_and(ivm._bit_counts(repeat(''1'', 100)::varbit), NULL::int)'),
	told('ivm._bit_xor(''{5,1}'', NULL::int)'), told('ivm._bit_counts(1.5)');
SELECT told('ivm._bit_counts(0::bit(80000000) || 0::bit(80000000))');
-- only what was packed is unpacked: not bytes, not what was read in, not rows of another type
CREATE TYPE pair AS (x int, y text);
CREATE TYPE other AS (x int, y text);
SELECT ivm._unpack_row(ivm._pack_row('(1,abc)'::pair), NULL::pair);
SELECT told('ivm._unpack_row(''\x00''::bytea, NULL::pair)'), told('''\x00''::bytea::ivm.packed_row'), told('(''\x00''::bytea::text)::ivm.packed_row IS NULL');
SELECT told(format('ivm._unpack_row(%L, NULL::pair)', ivm._pack_row('(1,abc)'::pair))), told(format('ivm._unpack_row(%L, NULL::pair)', ''));
SELECT told('ivm._unpack_row(ivm._pack_row(''(1,abc)''::other), NULL::pair)'), told('ivm._pack_row(ROW(1, 2))');
CREATE TEMP TABLE kept (p ivm.packed_row);
INSERT INTO kept VALUES (ivm._pack_row('(1,abc)'::pair));
SELECT substr(p::bytea, 17) = substr(p::text::ivm.packed_row::bytea, 17 + 16), p::text::ivm.packed_row = p::text::ivm.packed_row::text::ivm.packed_row,
	substr(p::text::ivm.packed_row::bytea, 1, 16) FROM kept;
ALTER TYPE pair ALTER ATTRIBUTE x TYPE text;
SELECT told('(SELECT ivm._unpack_row(p, NULL::pair) FROM kept)');
-- a column's type whose own attributes can be altered while packed rows are about: in a table they cannot,
-- but its column can have another type meanwhile
CREATE TYPE inner_row AS (x int);
CREATE DOMAIN inner_domain AS inner_row;
CREATE TYPE inner_range AS RANGE (subtype = inner_row);
CREATE TYPE outer_domain AS (i inner_domain);
CREATE TYPE outer_row AS (i inner_row);
CREATE TYPE outer_array AS (i inner_row[]);
CREATE TYPE outer_range AS (i inner_multirange);
CREATE TABLE outer_table (i inner_row);
SELECT told('ivm._pack_row(ROW(ROW(1))::outer_row)'), told('ivm._pack_row(ROW(ARRAY[ROW(1)::inner_row])::outer_array)'), told('ivm._pack_row(ROW(ROW(1))::outer_domain)'),
	told('ivm._pack_row(ROW(NULL)::outer_range)'), told('ivm._pack_row(ROW(ROW(1))::outer_table) IS NULL');
CREATE MATERIALIZED VIEW outer_matview AS SELECT ROW(1)::inner_row AS i;
SELECT told('(SELECT count(ivm._pack_row(m)) FROM outer_matview m)');
DROP MATERIALIZED VIEW outer_matview;
CREATE FUNCTION some_row(i int) RETURNS record LANGUAGE plpgsql AS $$
DECLARE a other = ROW(1, 'a'); b outer_row = ROW(ROW(1)); BEGIN IF i = 1 THEN RETURN a; END IF; RETURN b; END $$;
SELECT told(format('count(ivm._pack_row(some_row(i))) FROM generate_series(1, %s) i', n)) FROM generate_series(1, 2) n;
CREATE TABLE kept_inner AS SELECT ivm._pack_row(ROW(ROW(2139095040))::outer_table) AS p;
SELECT ivm._unpack_row(p, NULL::outer_table) FROM kept_inner;
ALTER TABLE outer_table ALTER i TYPE int USING NULL;
DROP TYPE outer_row, outer_array, outer_domain, outer_range CASCADE;
ALTER TYPE inner_row ALTER ATTRIBUTE x TYPE text;
ALTER TABLE outer_table ALTER i TYPE inner_row USING NULL;
SELECT told('(SELECT ivm._unpack_row(p, NULL::outer_table) FROM kept_inner)');
-- an array that tells the type of its elements itself
SELECT told('(SELECT count(ivm._pack_row(a)) FROM pg_attribute a)');
SELECT (SELECT count(*) FROM pg_cast WHERE casttarget = 'ivm.packed_row'::regtype) AS casts;
DROP SCHEMA error_internal_arguments CASCADE;
