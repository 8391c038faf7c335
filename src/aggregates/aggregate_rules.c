/*-------------------------------------------------------------------------
 *
 * aggregate_rules.c
 *	  What an aggregate becomes when it has to be maintained.
 *
 * Aggregates of PostgreSQL are known by their OID, in the tables of rules that lie
 * beside the accumulators:
 *
 *		avg(int4) --rule--> class: sum of small integers (state columns $1 sum, $2 count)
 *							final: $1::numeric / nullif($2, 0)
 *
 * min and max are known by their names and sort operators, so those that an
 * extension adds for its own types are maintained, too.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "utils/syscache.h"

#include "aggregates/accum.h"
#include "aggregates/accum_bits.h"
#include "aggregates/accum_float.h"
#include "aggregates/accum_interval.h"
#include "aggregates/accum_numeric.h"
#include "aggregates/aggregate_rules.h"

static const IvmAggRule *
find_rule(const IvmAggRule *table, int n, Oid aggfnoid)
{
	for (int i = 0; i < n; i++)
	{
		if (table[i].aggfnoid == aggfnoid)
			return &table[i];
	}
	return NULL;
}

/*
 * Is this an extreme?  PostgreSQL itself takes an aggregate with a sort
 * operator for "the first non-null value by that order" (it may read the value
 * off an index).  Here the name must say so, too, and the argument and the result
 * must be of one type that a column can have.
 */
static bool
aggregate_is_extreme(Oid aggfnoid, int nargs)
{
	HeapTuple	tup;
	Form_pg_proc proc;
	bool		result;

	if (nargs != 1 || !OidIsValid(ivm_accum_sort_operator(aggfnoid)))
		return false;

	tup = SearchSysCache1(PROCOID, ObjectIdGetDatum(aggfnoid));
	if (!HeapTupleIsValid(tup))
		return false;
	proc = (Form_pg_proc) GETSTRUCT(tup);
	result = (strcmp(NameStr(proc->proname), "min") == 0 ||
			  strcmp(NameStr(proc->proname), "max") == 0) &&
		proc->pronargs == 1 &&
		proc->prorettype == proc->proargtypes.values[0] &&
		proc->prorettype != RECORDOID;
	ReleaseSysCache(tup);
	return result;
}

const IvmAggRule *
ivm_aggregate_rules_find(Oid aggfnoid, int nargs, const Oid *argtype)
{
	const struct
	{
		const IvmAggRule *rules;
		int			n;
	}			tables[] = {
		{ivm_accum_basic_rules, ivm_accum_n_basic_rules},
		{ivm_accum_numeric_rules, ivm_accum_n_numeric_rules},
		{ivm_accum_float_rules, ivm_accum_n_float_rules},
		{ivm_accum_bits_rules, ivm_accum_n_bits_rules},
		{ivm_accum_interval_rules, ivm_accum_n_interval_rules},
	};

	for (int i = 0; i < lengthof(tables); i++)
	{
		const IvmAggRule *rule = find_rule(tables[i].rules, tables[i].n, aggfnoid);

		if (rule != NULL)
			return rule;
	}

	if (aggregate_is_extreme(aggfnoid, nargs))
	{
		IvmAggRule *extreme = palloc(sizeof(IvmAggRule));

		extreme->aggfnoid = aggfnoid;
		extreme->class = &ivm_accum_extreme;
		extreme->final = "$1";
		return extreme;
	}
	return NULL;
}
