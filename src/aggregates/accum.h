/*-------------------------------------------------------------------------
 *
 * accum.h
 *	  Accumulators: what an aggregate becomes when it has to be maintained.
 *
 * An aggregate of a definition is decomposed into accumulators whose values
 * can be changed by a signed row.  One accumulator lives in three forms:
 *
 *	 pending	 in the memory of the transaction that changed the base
 *				 table: a fixed number of bytes per key and accumulator
 *	 delta		 a signed change, as columns of the delta table
 *	 state		 the maintained value, as columns of the state table
 *
 *		row --add--> pending --emit--> delta --apply--> state
 *					 merge			   sum_delta
 *
 * Every operation is commutative and associative in the rows and deltas it
 * is given, and exact: the state after any order of changes equals, bit for
 * bit, the state computed afresh by the "fresh" expressions below.
 *
 * A state may be partial: deltas of its key may still wait elsewhere, so
 * that counts can pass through zero or below while the sum beside them is
 * not zero.  Nothing may be dropped then: a sum reads NULL where its count
 * is zero only if it is itself zero.
 *
 * Memory: an operation allocates its results in CurrentMemoryContext, and
 * what a pending form holds beyond its fixed bytes in the context passed.
 * No operation keeps a pointer into its const arguments; what it changes in
 * place may go on pointing at what it pointed at before.  Arguments of rows,
 * deltas and states may be toasted.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_ACCUM_H
#define IVM_ACCUM_H

#include "fmgr.h"
#include "nodes/pg_list.h"

#define IVM_ACCUM_MAX_ARGS	2
#define IVM_ACCUM_MAX_COLS	4

typedef struct IvmAccum IvmAccum;

/* A column of the state or the delta table that belongs to an accumulator. */
typedef struct IvmAccumColumn
{
	const char *suffix;			/* appended to the accumulator's name */
	Oid			type;			/* InvalidOid: the type of the argument */

	/*
	 * State columns only: an SQL expression over the arguments $1, $2 that
	 * contains exactly the aggregate calls giving this column's value for a
	 * group computed afresh.  Evaluated with search_path = pg_catalog. "$agg"
	 * stands for the quoted and qualified name of the aggregate itself
	 * (acc->aggfnoid).  NULL: the call as the definition has it (slice).
	 */
	const char *fresh;
} IvmAccumColumn;

/* A kind of accumulator: its columns and operations.  All are static const. */
typedef struct IvmAccumClass
{
	const char *name;			/* as shown by explain_query */
	Size		pending_size;	/* fixed bytes per key, MAXALIGNed; zeroed =
								 * no change */
	int			nstate;
	IvmAccumColumn state[IVM_ACCUM_MAX_COLS];
	int			ndelta;
	IvmAccumColumn delta[IVM_ACCUM_MAX_COLS];

	/*
	 * The first columns are numbers of one type that add up, NULL being zero,
	 * as long as the delta's columns after the second are NULL.
	 */
	bool		is_sum;

	/*
	 * Look up what the operations need; fills acc->data, in the current
	 * context, which must live as long as the accumulator.
	 */
	void		(*init) (IvmAccum *acc);

	/* Add (sign = 1) or take away (sign = -1) one row's arguments. */
	void		(*add) (IvmAccum *acc, void *pending,
						const Datum *args, const bool *nulls, int sign,
						MemoryContext cxt);

	/* into += from, where from belongs to a subtransaction that committed. */
	void		(*merge) (IvmAccum *acc, void *into, const void *from,
						  MemoryContext cxt);

	/* The pending change as delta columns; all NULL where nothing changed. */
	void		(*emit) (IvmAccum *acc, const void *pending,
						 Datum *delta, bool *nulls);

	/* into += from, both delta columns of one key. */
	void		(*sum_delta) (IvmAccum *acc, Datum *into, bool *into_nulls,
							  const Datum *from, const bool *from_nulls);

	/* State columns of a key without rows. */
	void		(*empty) (IvmAccum *acc, Datum *state, bool *nulls);

	/*
	 * state += delta.  Returns false, leaving state unspecified, where the
	 * new state does not follow from the two (a deleted extreme): the key is
	 * dirty.
	 */
	bool		(*apply) (IvmAccum *acc, Datum *state, bool *nulls,
						  const Datum *delta, const bool *delta_nulls);
} IvmAccumClass;

/* One accumulator of a view. */
struct IvmAccum
{
	const IvmAccumClass *class;
	int			nargs;
	Oid			argtype[IVM_ACCUM_MAX_ARGS];
	int32		argtypmod[IVM_ACCUM_MAX_ARGS];
	Oid			argcoll[IVM_ACCUM_MAX_ARGS];
	Oid			aggfnoid;		/* extremes: the aggregate (min or max) */
	bool		distinct;		/* add() is called once for each value that
								 * has come to the key or gone from it, not
								 * for each row */
	void	   *data;			/* the class's own, set by init */
};

/*
 * How one aggregate function is maintained: the accumulator it rests on, and
 * the SQL expression that gives its result from that accumulator's state
 * columns, $1 .. $n in class->state order (search_path = pg_catalog).  The
 * expression must give the aggregate's own value, type, scale and NULL rules.
 * It raises no error on a partial state.
 */
typedef struct IvmAggRule
{
	Oid			aggfnoid;
	const IvmAccumClass *class;
	const char *final;
} IvmAggRule;

/*
 * The sort operator of an aggregate that takes the first value by an order, such as
 * min and max, or InvalidOid.  Looks it up in pg_aggregate.
 */
extern Oid	ivm_accum_sort_operator(Oid aggfnoid);

/*
 * The slice accumulator, for aggregates without a rule: its state is one column of
 * the aggregate's result type, and each change makes the key dirty.
 */
extern const IvmAccumClass ivm_accum_slice;

/* min and max. */
extern const IvmAccumClass ivm_accum_extreme;

/* count(*) and count(x). */
extern const IvmAccumClass ivm_accum_count;

/* The rules of aggregates that rest on counts, integer sums and Booleans. */
extern const IvmAggRule ivm_accum_basic_rules[];
extern const int ivm_accum_n_basic_rules;

#endif							/* IVM_ACCUM_H */
