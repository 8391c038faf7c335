-- complain if script is sourced in psql rather than via CREATE EXTENSION
\echo Use "CREATE EXTENSION ivm" to load this file. \quit

-- ---------------------------------------------------------------------------
-- exact floating-point accumulators
-- ---------------------------------------------------------------------------

CREATE FUNCTION ivm._float4_exact_add(internal, float4) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_float4_exact_add';
COMMENT ON FUNCTION ivm._float4_exact_add(internal, float4) IS
	'transition function: adds a value to an exact sum';

CREATE FUNCTION ivm._float8_exact_add(internal, float8) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_float8_exact_add';
COMMENT ON FUNCTION ivm._float8_exact_add(internal, float8) IS
	'transition function: adds a value to an exact sum';

CREATE FUNCTION ivm._float_moments_add(internal, float8) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_float_moments_add';
COMMENT ON FUNCTION ivm._float_moments_add(internal, float8) IS
	'transition function: adds a value to the exact sums of x and x^2';

CREATE FUNCTION ivm._float_comoments_add(internal, float8, float8) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_float_comoments_add';
COMMENT ON FUNCTION ivm._float_comoments_add(internal, float8, float8) IS
	'transition function: adds a pair (y, x) to the exact sums of x, x^2, y, y^2 and xy';

CREATE FUNCTION ivm._float_combine(internal, internal) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_float_combine';
COMMENT ON FUNCTION ivm._float_combine(internal, internal) IS
	'combine function of the exact floating-point aggregates';

CREATE FUNCTION ivm._float_serialize(internal) RETURNS bytea
	LANGUAGE C IMMUTABLE PARALLEL SAFE STRICT
	AS 'MODULE_PATHNAME', 'ivm_float_serialize';
COMMENT ON FUNCTION ivm._float_serialize(internal) IS
	'serial function of the exact floating-point aggregates';

CREATE FUNCTION ivm._float_deserialize(bytea, internal) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE STRICT
	AS 'MODULE_PATHNAME', 'ivm_float_deserialize';
COMMENT ON FUNCTION ivm._float_deserialize(bytea, internal) IS
	'deserial function of the exact floating-point aggregates';

CREATE FUNCTION ivm._float_stored(internal) RETURNS bytea
	LANGUAGE C IMMUTABLE PARALLEL SAFE STRICT
	AS 'MODULE_PATHNAME', 'ivm_float_stored';
COMMENT ON FUNCTION ivm._float_stored(internal) IS
	'final function: stored form of the exact sums, NULL if all are zero';

CREATE FUNCTION ivm._float4_sum(internal) RETURNS float4
	LANGUAGE C IMMUTABLE PARALLEL SAFE STRICT
	AS 'MODULE_PATHNAME', 'ivm_float4_sum';
COMMENT ON FUNCTION ivm._float4_sum(internal) IS
	'final function: the exact sum rounded once, NULL if it does not fit';

CREATE FUNCTION ivm._float8_sum(internal) RETURNS float8
	LANGUAGE C IMMUTABLE PARALLEL SAFE STRICT
	AS 'MODULE_PATHNAME', 'ivm_float8_sum';
COMMENT ON FUNCTION ivm._float8_sum(internal) IS
	'final function: the exact sum rounded once, NULL if it does not fit';

CREATE AGGREGATE ivm._float_sum(float4) (
	SFUNC = ivm._float4_exact_add, STYPE = internal, FINALFUNC = ivm._float4_sum,
	COMBINEFUNC = ivm._float_combine, SERIALFUNC = ivm._float_serialize,
	DESERIALFUNC = ivm._float_deserialize, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ivm._float_sum(float4) IS
	'the exact sum rounded once to the nearest value; NULL without values, and if it does not fit';

CREATE AGGREGATE ivm._float_exact(float4) (
	SFUNC = ivm._float4_exact_add, STYPE = internal, FINALFUNC = ivm._float_stored,
	COMBINEFUNC = ivm._float_combine, SERIALFUNC = ivm._float_serialize,
	DESERIALFUNC = ivm._float_deserialize, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ivm._float_exact(float4) IS
	'the exact sum as stored in a state table; NULL if zero';

CREATE AGGREGATE ivm._float_sum(float8) (
	SFUNC = ivm._float8_exact_add, STYPE = internal, FINALFUNC = ivm._float8_sum,
	COMBINEFUNC = ivm._float_combine, SERIALFUNC = ivm._float_serialize,
	DESERIALFUNC = ivm._float_deserialize, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ivm._float_sum(float8) IS
	'the exact sum rounded once to the nearest value; NULL without values, and if it does not fit';

CREATE AGGREGATE ivm._float_exact(float8) (
	SFUNC = ivm._float8_exact_add, STYPE = internal, FINALFUNC = ivm._float_stored,
	COMBINEFUNC = ivm._float_combine, SERIALFUNC = ivm._float_serialize,
	DESERIALFUNC = ivm._float_deserialize, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ivm._float_exact(float8) IS
	'the exact sum as stored in a state table; NULL if zero';

CREATE AGGREGATE ivm._float_moments(float8) (
	SFUNC = ivm._float_moments_add, STYPE = internal, FINALFUNC = ivm._float_stored,
	COMBINEFUNC = ivm._float_combine, SERIALFUNC = ivm._float_serialize,
	DESERIALFUNC = ivm._float_deserialize, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ivm._float_moments(float8) IS
	'the exact sums of x and x^2 as stored in a state table; NULL if zero';

CREATE AGGREGATE ivm._float_comoments(float8, float8) (
	SFUNC = ivm._float_comoments_add, STYPE = internal, FINALFUNC = ivm._float_stored,
	COMBINEFUNC = ivm._float_combine, SERIALFUNC = ivm._float_serialize,
	DESERIALFUNC = ivm._float_deserialize, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ivm._float_comoments(float8, float8) IS
	'for pairs (y, x) the exact sums of x, x^2, y, y^2 and xy as stored in a state table; NULL if zero';

CREATE FUNCTION ivm._float4_sum_overflow(count bigint) RETURNS float4
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_float_sum_overflow';
COMMENT ON FUNCTION ivm._float4_sum_overflow(bigint) IS
	'what a NULL sum of so many values means: NULL for none, else the error that it is out of range';

CREATE FUNCTION ivm._float8_sum_overflow(count bigint) RETURNS float8
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_float_sum_overflow';
COMMENT ON FUNCTION ivm._float8_sum_overflow(bigint) IS
	'what a NULL sum of so many values means: NULL for none, else the error that it is out of range';

CREATE FUNCTION ivm._float_avg(count bigint, exact bytea) RETURNS float8
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_float_avg';
COMMENT ON FUNCTION ivm._float_avg(bigint, bytea) IS
	'avg() of so many values with this exact sum';

CREATE FUNCTION ivm._float_var_pop(count bigint, moments bytea) RETURNS float8
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_float_var_pop';
COMMENT ON FUNCTION ivm._float_var_pop(bigint, bytea) IS
	'var_pop() of so many values with these exact sums';

CREATE FUNCTION ivm._float_var_samp(count bigint, moments bytea) RETURNS float8
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_float_var_samp';
COMMENT ON FUNCTION ivm._float_var_samp(bigint, bytea) IS
	'var_samp() of so many values with these exact sums';

CREATE FUNCTION ivm._float_stddev_pop(count bigint, moments bytea) RETURNS float8
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_float_stddev_pop';
COMMENT ON FUNCTION ivm._float_stddev_pop(bigint, bytea) IS
	'stddev_pop() of so many values with these exact sums';

CREATE FUNCTION ivm._float_stddev_samp(count bigint, moments bytea) RETURNS float8
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_float_stddev_samp';
COMMENT ON FUNCTION ivm._float_stddev_samp(bigint, bytea) IS
	'stddev_samp() of so many values with these exact sums';

CREATE FUNCTION ivm._float_covar_pop(count bigint, moments bytea) RETURNS float8
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_float_covar_pop';
COMMENT ON FUNCTION ivm._float_covar_pop(bigint, bytea) IS
	'covar_pop() of so many pairs with these exact sums';

CREATE FUNCTION ivm._float_covar_samp(count bigint, moments bytea) RETURNS float8
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_float_covar_samp';
COMMENT ON FUNCTION ivm._float_covar_samp(bigint, bytea) IS
	'covar_samp() of so many pairs with these exact sums';

CREATE FUNCTION ivm._float_corr(count bigint, moments bytea) RETURNS float8
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_float_corr';
COMMENT ON FUNCTION ivm._float_corr(bigint, bytea) IS
	'corr() of so many pairs with these exact sums';

CREATE FUNCTION ivm._float_regr_sxx(count bigint, moments bytea) RETURNS float8
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_float_regr_sxx';
COMMENT ON FUNCTION ivm._float_regr_sxx(bigint, bytea) IS
	'regr_sxx() of so many pairs with these exact sums';

CREATE FUNCTION ivm._float_regr_syy(count bigint, moments bytea) RETURNS float8
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_float_regr_syy';
COMMENT ON FUNCTION ivm._float_regr_syy(bigint, bytea) IS
	'regr_syy() of so many pairs with these exact sums';

CREATE FUNCTION ivm._float_regr_sxy(count bigint, moments bytea) RETURNS float8
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_float_regr_sxy';
COMMENT ON FUNCTION ivm._float_regr_sxy(bigint, bytea) IS
	'regr_sxy() of so many pairs with these exact sums';

CREATE FUNCTION ivm._float_regr_avgx(count bigint, moments bytea) RETURNS float8
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_float_regr_avgx';
COMMENT ON FUNCTION ivm._float_regr_avgx(bigint, bytea) IS
	'regr_avgx() of so many pairs with these exact sums';

CREATE FUNCTION ivm._float_regr_avgy(count bigint, moments bytea) RETURNS float8
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_float_regr_avgy';
COMMENT ON FUNCTION ivm._float_regr_avgy(bigint, bytea) IS
	'regr_avgy() of so many pairs with these exact sums';

CREATE FUNCTION ivm._float_regr_r2(count bigint, moments bytea) RETURNS float8
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_float_regr_r2';
COMMENT ON FUNCTION ivm._float_regr_r2(bigint, bytea) IS
	'regr_r2() of so many pairs with these exact sums';

CREATE FUNCTION ivm._float_regr_slope(count bigint, moments bytea) RETURNS float8
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_float_regr_slope';
COMMENT ON FUNCTION ivm._float_regr_slope(bigint, bytea) IS
	'regr_slope() of so many pairs with these exact sums';

CREATE FUNCTION ivm._float_regr_intercept(count bigint, moments bytea) RETURNS float8
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_float_regr_intercept';
COMMENT ON FUNCTION ivm._float_regr_intercept(bigint, bytea) IS
	'regr_intercept() of so many pairs with these exact sums';


-- ---------------------------------------------------------------------------
-- accumulators
-- ---------------------------------------------------------------------------

-- Results from the columns of a state.

CREATE FUNCTION ivm._var_pop(sum numeric, count bigint, squares numeric, aux numeric[])
	RETURNS numeric
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_var_pop';
COMMENT ON FUNCTION ivm._var_pop(numeric, bigint, numeric, numeric[]) IS
	'var_pop() of a state: sum of the values, their number, sum of their squares, the rest';

CREATE FUNCTION ivm._var_samp(sum numeric, count bigint, squares numeric, aux numeric[])
	RETURNS numeric
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_var_samp';
COMMENT ON FUNCTION ivm._var_samp(numeric, bigint, numeric, numeric[]) IS
	'var_samp() of a state: sum of the values, their number, sum of their squares, the rest';

CREATE FUNCTION ivm._stddev_pop(sum numeric, count bigint, squares numeric, aux numeric[])
	RETURNS numeric
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_stddev_pop';
COMMENT ON FUNCTION ivm._stddev_pop(numeric, bigint, numeric, numeric[]) IS
	'stddev_pop() of a state: sum of the values, their number, sum of their squares, the rest';

CREATE FUNCTION ivm._stddev_samp(sum numeric, count bigint, squares numeric, aux numeric[])
	RETURNS numeric
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_stddev_samp';
COMMENT ON FUNCTION ivm._stddev_samp(numeric, bigint, numeric, numeric[]) IS
	'stddev_samp() of a state: sum of the values, their number, sum of their squares, the rest';

-- Aggregates that compute columns of a state afresh; their transition state
-- is an accumulator.

CREATE FUNCTION ivm._accum_numeric(internal, numeric) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_accumagg_numeric';
COMMENT ON FUNCTION ivm._accum_numeric(internal, numeric) IS
	'transition function: adds a value to a numeric sum';

CREATE FUNCTION ivm._accum_numeric_moments(internal, numeric) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_accumagg_numeric_moments';
COMMENT ON FUNCTION ivm._accum_numeric_moments(internal, numeric) IS
	'transition function: adds a value to a numeric sum with squares';

CREATE FUNCTION ivm._accum_combine(internal, internal) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_accumagg_combine';
COMMENT ON FUNCTION ivm._accum_combine(internal, internal) IS
	'combine function of the aggregates over accumulators';

CREATE FUNCTION ivm._accum_serialize(internal) RETURNS bytea
	LANGUAGE C IMMUTABLE PARALLEL SAFE STRICT
	AS 'MODULE_PATHNAME', 'ivm_accumagg_serialize';
COMMENT ON FUNCTION ivm._accum_serialize(internal) IS
	'serial function of the aggregates over accumulators';

CREATE FUNCTION ivm._accum_deserialize(bytea, internal) RETURNS internal
	LANGUAGE C IMMUTABLE PARALLEL SAFE STRICT
	AS 'MODULE_PATHNAME', 'ivm_accumagg_deserialize';
COMMENT ON FUNCTION ivm._accum_deserialize(bytea, internal) IS
	'deserial function of the aggregates over accumulators';

CREATE FUNCTION ivm._accum_squares(internal) RETURNS numeric
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_accumagg_third';
COMMENT ON FUNCTION ivm._accum_squares(internal) IS
	'final function: the sum of squares';

CREATE FUNCTION ivm._accum_numeric_aux(internal) RETURNS numeric[]
	LANGUAGE C IMMUTABLE PARALLEL SAFE
	AS 'MODULE_PATHNAME', 'ivm_accumagg_last';
COMMENT ON FUNCTION ivm._accum_numeric_aux(internal) IS
	'final function: what a numeric sum does not show, NULL if nothing';

CREATE AGGREGATE ivm._numeric_aux(numeric) (
	SFUNC = ivm._accum_numeric, STYPE = internal, SSPACE = 200,
	FINALFUNC = ivm._accum_numeric_aux, COMBINEFUNC = ivm._accum_combine,
	SERIALFUNC = ivm._accum_serialize, DESERIALFUNC = ivm._accum_deserialize,
	PARALLEL = SAFE);
COMMENT ON AGGREGATE ivm._numeric_aux(numeric) IS
	'what sum() does not show of its rows: pairs of (display scale, rows) or (-1: NaN, -2: Infinity, -3: -Infinity, rows), (-4, finite sum), (-5, its part in units of 10000^16384); NULL if all rows have one scale';

CREATE AGGREGATE ivm._numeric_squares(numeric) (
	SFUNC = ivm._accum_numeric_moments, STYPE = internal, SSPACE = 300,
	FINALFUNC = ivm._accum_squares, COMBINEFUNC = ivm._accum_combine,
	SERIALFUNC = ivm._accum_serialize, DESERIALFUNC = ivm._accum_deserialize,
	PARALLEL = SAFE);
COMMENT ON AGGREGATE ivm._numeric_squares(numeric) IS
	'sum of the squares of the finite values';

CREATE AGGREGATE ivm._numeric_squares_aux(numeric) (
	SFUNC = ivm._accum_numeric_moments, STYPE = internal, SSPACE = 300,
	FINALFUNC = ivm._accum_numeric_aux, COMBINEFUNC = ivm._accum_combine,
	SERIALFUNC = ivm._accum_serialize, DESERIALFUNC = ivm._accum_deserialize,
	PARALLEL = SAFE);
COMMENT ON AGGREGATE ivm._numeric_squares_aux(numeric) IS
	'as _numeric_aux(), and (-6, values whose square is out of the range of numeric)';
