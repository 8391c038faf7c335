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
-- counts of bits, and the type of a result that has none
SELECT told('ivm._bit_or(ivm._bit_counts(5), NULL::int)'), told('ivm._bit_or(ivm._bit_counts(5), NULL::text)'),
	told('ivm._bit_or(ivm._bit_counts(B''1''), NULL::text)'), told('ivm._bit_and(ivm._bit_counts(repeat(''1'', 100)::varbit), NULL::int)'),
	told('ivm._bit_xor(''{5,1}'', NULL::int)'), told('ivm._bit_counts(1.5)');
-- rows that are not what was packed: number of columns, header, length of a value, kind of a value, end
CREATE TYPE pair AS (x int, y text);
SELECT ivm._unpack_row(ivm._pack_row('(1,abc)'::pair), NULL::pair);
SELECT n, told(format('ivm._unpack_row(%L, NULL::pair)', overlay(ivm._pack_row('(1,abc)'::pair) PLACING v FROM n))) AS told
FROM (VALUES (1, '\x00'::bytea), (5, '\x03'), (7, '\x04'), (9, '\xff'), (15, '\xff'), (15, '\x01'), (15, '\x0112'), (15, '\x00')) v(n, v);
SELECT told(format('ivm._unpack_row(%L, NULL::pair)', substr(ivm._pack_row('(1,abc)'::pair), 1, n))) FROM generate_series(0, 16, 4) n;
DROP SCHEMA error_internal_arguments CASCADE;
