/*-------------------------------------------------------------------------
 *
 * row_width.c
 *	  Whether rows of state and deltas can be stored.
 *
 * A row must fit a page.  Long values are moved out of it, but not those of
 * fixed length, nor values that are hardly longer than the pointer that would
 * be left.  Were that found out when a row is written, writers of the base
 * tables would fail, as soon as sums have got long enough: so it is asked when the
 * view is created, and for the longest values that stay in a row.
 *
 * Keys that are columns of one row in the definition's FROM clause are taken to
 * fit together, as they do in the table that they come from.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/detoast.h"
#include "access/htup_details.h"
#include "access/tupmacs.h"
#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "utils/lsyscache.h"

#include "aggregates/accum.h"
#include "definition/core.h"
#include "definition/layout.h"
#include "definition/refusal.h"
#include "definition/row_width.h"

/* Values of up to this many bytes are never moved out (heap_toast_insert_or_update). */
#define LONGEST_INLINE	((int) MAXALIGN(TOAST_POINTER_SIZE))

/* Bytes of a row up to here, once a column of this type has been added. */
static int
add_column(int bytes, Oid type)
{
	int16		len;
	bool		byval;
	char		align;

	get_typlenbyvalalign(type, &len, &byval, &align);
	return att_align_nominal(bytes, align) + (len > 0 ? len : LONGEST_INLINE);
}

static int
add_accum_columns(int bytes, const IvmAccum *accum, const IvmAccumColumn *columns, int n)
{
	for (int c = 0; c < n; c++)
		bytes = add_column(bytes, OidIsValid(columns[c].type) ? columns[c].type : accum->argtype[0]);
	return bytes;
}

/* The range table entry that a key is a column of, or 0. */
static int
key_source(const IvmKeyDef *key)
{
	Node	   *expr = strip_implicit_coercions((Node *) key->expr);

	return IsA(expr, Var) ? ((Var *) expr)->varno : 0;
}

/* Are all keys columns of the same row? */
static bool
keys_are_of_one_row(const IvmCore *core)
{
	for (int i = 0; i < core->nkeys; i++)
		if (key_source(&core->keys[i]) == 0 ||
			key_source(&core->keys[i]) != key_source(&core->keys[0]))
			return false;
	return core->nkeys > 0;
}

/* The most bytes that a row of the state table (or of the delta table) can take. */
static int
longest_row(const IvmCore *core, const IvmLayout *layout, bool delta)
{
	int			natts = delta ? layout->delta_natts : layout->state_natts;
	int			header = MAXALIGN(SizeofHeapTupleHeader + BITMAPLEN(natts));
	int			keys = layout->hashed ? sizeof(int64) : 0;
	int			other;

	for (int i = 0; i < core->nkeys; i++)
		keys = add_column(keys, core->keys[i].type);
	/* row_count, and the slot and whether the key is dirty */
	other = delta ? 2 * sizeof(int64) : sizeof(int64);
	for (int i = 0; i < core->naccums; i++)
	{
		const IvmAccum *accum = &core->accums[i].accum;

		other = add_accum_columns(other, accum, delta ? accum->class->delta : accum->class->state,
								  delta ? accum->class->ndelta : accum->class->nstate);
	}
	if (core->naccums == 0 && keys_are_of_one_row(core))
		keys = Min(keys, (int) MaxHeapTupleSize - header - MAXALIGN(other));
	return header + MAXALIGN(keys) + other;
}

static IvmRefusal *
refuse(int code, const char *message, const char *detail)
{
	return ivm_refusal_make(code, message, detail,
							"Make several views with fewer columns or aggregates each, and join them.", -1);
}

IvmRefusal *
ivm_row_width_check(const IvmCore *core)
{
	IvmLayout	layout;
	int		   *positions = palloc(sizeof(int) * Max(core->naccums, 1));
	int			natts;
	int			bytes;

	ivm_layout_find(core, &layout, positions, positions);
	pfree(positions);
	natts = Max(layout.state_natts, layout.delta_natts);
	if (natts > MaxHeapAttributeNumber)
		return refuse(ERRCODE_TOO_MANY_COLUMNS,
					  "the view has too many columns or aggregates to be stored",
					  psprintf("What is stored for it would take %d columns, and a table can have at most %d.",
							   natts, MaxHeapAttributeNumber));
	bytes = Max(longest_row(core, &layout, false), longest_row(core, &layout, true));
	if (bytes > (int) MaxHeapTupleSize)
		return refuse(ERRCODE_PROGRAM_LIMIT_EXCEEDED,
					  "the view has too many columns or aggregates to be stored",
					  psprintf("What is stored in one row for it can take %d bytes, even with long values stored elsewhere, and a row can have at most %d.",
							   bytes, (int) MaxHeapTupleSize));
	return NULL;
}
