/*-------------------------------------------------------------------------
 *
 * distinct_index.c
 *	  Indexes by which the rows of a key with a value are found.
 *
 *		SELECT day, count(DISTINCT visitor) FROM visits GROUP BY day
 *
 *		(day, visitor)		each of these finds the rows of a day and a visitor
 *		(visitor, day, x)	and only these
 *
 * If the key is a bucket of a time, such as date_trunc('day', at), so does (visitor, at): the rows of a
 * visitor with times that can be in the bucket.
 *
 * The comparison of the index must be that of the view, so that it finds all rows that the
 * view takes for equal; it does not matter if it finds others.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/table.h"
#include "catalog/pg_am.h"
#include "catalog/pg_inherits.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "rewrite/rewriteManip.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/typcache.h"

#include "base/compat.h"
#include "plan/bucket_range.h"
#include "plan/distinct_index.h"

/* An expression without the casts that change no value, over range table entry 1. */
static Node *
bare_expression(const IvmCore *core, Node *expr)
{
	/* an index column has its collation apart */
	while (IsA(expr, RelabelType) || IsA(expr, CollateExpr))
		expr = IsA(expr, RelabelType) ? (Node *) ((RelabelType *) expr)->arg :
			(Node *) ((CollateExpr *) expr)->arg;
	expr = copyObject(expr);
	ChangeVarNodes(expr, core->rti, 1, 0);
	return expr;
}

static Node *
argument(const IvmCore *core, int accum)
{
	return (Node *) linitial_node(TargetEntry, core->accums[accum].aggref->args)->expr;
}

/*
 * What rows are looked up by.  With bucket, the first key that is a bucket of a time gives way to the column of
 * the time, which comes last: *bucket is its number, or -1 if there is none.
 */
static List *
wanted_columns(const IvmCore *core, int accum, int *bucket)
{
	List	   *result = NIL;
	Node	   *column = NULL;

	if (bucket)
		*bucket = -1;
	for (int i = 0; i < core->nkeys; i++)
	{
		Node	   *expr = bare_expression(core, (Node *) core->keys[i].expr);
		int64		width;
		int64		slack;

		/* what looks different can be equal for an index */
		if (core->keys[i].image || core->keys[i].expr != core->keys[i].shown)
			return NIL;
		if (bucket && column == NULL &&
			(column = (Node *) ivm_bucket_range_column(expr, &width, &slack)) != NULL)
			*bucket = i;
		else
			result = list_append_unique(result, expr);
	}
	result = list_append_unique(result, bare_expression(core, argument(core, accum)));
	if (column != NULL && list_member(result, column))
		*bucket = -1;
	else if (column != NULL)
		result = lappend(result, column);
	return list_length(result) > IVM_DISTINCT_MAX_COLUMNS ||
		contain_mutable_functions((Node *) result) ? NIL : result;
}

List *
ivm_distinct_index_columns(const IvmCore *core, int accum)
{
	int			bucket;

	return wanted_columns(core, accum, &bucket);
}

/* The number of what an expression is looked up for: a key's, or the value's. */
static int
number_of(const IvmCore *core, Node *expr)
{
	for (int i = 0; i < core->nkeys; i++)
		if (equal(bare_expression(core, (Node *) core->keys[i].expr), expr))
			return i;
	return IVM_DISTINCT_VALUE;
}

/* Note what times a bucket has, and that the index has them in the order of their type. */
static bool
set_bucket(const IvmCore *core, int key, Relation index, int column, IvmDistinctIndex *result)
{
	Node	   *expr = bare_expression(core, (Node *) core->keys[key].expr);
	Var		   *var = ivm_bucket_range_column(expr, &result->width, &result->slack);

	result->bucket = key;
	return index->rd_opfamily[column] == lookup_type_cache(var->vartype, TYPECACHE_BTREE_OPFAMILY)->btree_opf;
}

/* Does a column of an index compare values as the view does? */
static bool
compares_alike(const IvmCore *core, int accum, int number, Relation index, int column)
{
	Node	   *expr = number == IVM_DISTINCT_VALUE ? argument(core, accum) : (Node *) core->keys[number].expr;
	TypeCacheEntry *entry = lookup_type_cache(getBaseType(exprType(expr)), TYPECACHE_BTREE_OPFAMILY);

	return index->rd_opfamily[column] == entry->btree_opf &&
		index->rd_indcollation[column] == exprCollation(expr);
}

/*
 * Can look-ups by this index rely on finding all rows that a snapshot taken now sees?  Chains of
 * versions that were broken when it was made (indcheckxmin) are of no concern then: it has the newest.
 */
static bool
is_complete(Relation index)
{
	return index->rd_index->indisvalid && index->rd_index->indisready &&
		index->rd_rel->relam == BTREE_AM_OID;
}

/* Has a partial index all rows that the view counts? */
static bool
has_all_rows(const IvmCore *core, Relation index, const AttrMap *map)
{
	List	   *predicate = RelationGetIndexPredicate(index);
	Node	   *qual = core->qual;

	if (predicate == NIL)
		return true;
	if (qual == NULL || map != NULL)
		return false;
	qual = copyObject(qual);
	ChangeVarNodes(qual, core->rti, 1, 0);
	qual = (Node *) canonicalize_qual((Expr *) eval_const_expressions(NULL, qual), false);
	return predicate_implied_by(predicate, make_ands_implicit((Expr *) qual), false);
}

/* The expressions of an index's first columns, or NIL if it has too few. */
static List *
first_columns(Relation rel, Relation index, int n)
{
	List	   *exprs = RelationGetIndexExpressions(index);
	ListCell   *next = list_head(exprs);
	List	   *result = NIL;

	if (index->rd_index->indnkeyatts < n)
		return NIL;
	for (int i = 0; i < n; i++)
	{
		AttrNumber	attno = index->rd_index->indkey.values[i];
		Form_pg_attribute att;

		if (attno < 0)
			return NIL;
		if (attno == 0)
		{
			result = lappend(result, lfirst(next));
			next = lnext(exprs, next);
			continue;
		}
		att = TupleDescAttr(RelationGetDescr(rel), attno - 1);
		result = lappend(result, makeVar(1, attno, att->atttypid, att->atttypmod, att->attcollation, 0));
	}
	return result;
}

static bool
index_fits(const IvmCore *core, int accum, Relation rel, Relation index, const AttrMap *map,
		   List *wanted, List *mapped, int bucket, IvmDistinctIndex *result)
{
	List	   *columns = first_columns(rel, index, list_length(wanted));
	Bitmapset  *found = NULL;
	ListCell   *lc;

	if (columns == NIL || !is_complete(index) || !has_all_rows(core, index, map))
		return false;
	result->bucket = -1;
	result->index = RelationGetRelid(index);
	result->ncolumns = list_length(wanted);
	foreach(lc, columns)
	{
		int			column = foreach_current_index(lc);
		int			place = -1;
		ListCell   *lc2;

		foreach(lc2, mapped)
		{
			if (equal(lfirst(lc2), lfirst(lc)))
				place = foreach_current_index(lc2);
		}
		if (place < 0 || bms_is_member(place, found))
			return false;
		found = bms_add_member(found, place);
		if (bucket >= 0 && place == list_length(wanted) - 1)
		{
			/* of a range, the columns after it find nothing */
			if (column < list_length(columns) - 1 || !set_bucket(core, bucket, index, column, result))
				return false;
			continue;
		}
		result->columns[column] = number_of(core, list_nth(wanted, place));
		if (!compares_alike(core, accum, result->columns[column], index, column))
			return false;
	}
	return true;
}

/* Expressions over the base table as those over a partition. */
static List *
map_columns(List *exprs, const AttrMap *map)
{
	bool		whole_row;

	if (map == NULL)
		return exprs;
	return (List *) map_variable_attnos((Node *) exprs, 1, 0, map, InvalidOid, &whole_row);
}

static bool
find_index(const IvmCore *core, int accum, Relation rel, const AttrMap *map, List *wanted, int bucket,
		   IvmDistinctIndex *result)
{
	List	   *mapped = map_columns(wanted, map);
	bool		found = false;
	ListCell   *lc;

	if (wanted == NIL)
		return false;
	foreach(lc, RelationGetIndexList(rel))
	{
		Relation	index = index_open(lfirst_oid(lc), AccessShareLock);

		found = index_fits(core, accum, rel, index, map, wanted, mapped, bucket, result);
		index_close(index, NoLock);
		if (found)
			break;
	}
	return found;
}

bool
ivm_distinct_index_find(const IvmCore *core, int accum, Relation rel, const AttrMap *map,
						IvmDistinctIndex *result)
{
	int			bucket;
	List	   *columns = wanted_columns(core, accum, &bucket);

	return find_index(core, accum, rel, map, wanted_columns(core, accum, NULL), -1, result) ||
		find_index(core, accum, rel, map, columns, bucket, result);
}

bool
ivm_distinct_index_exists(const IvmCore *core, int accum)
{
	Relation	base = table_open(core->base, AccessShareLock);
	List	   *relids = find_all_inheritors(core->base, AccessShareLock, NULL);
	int			nleaves = 0;
	bool		result = true;
	ListCell   *lc;

	foreach(lc, relids)
	{
		Relation	rel = table_open(lfirst_oid(lc), NoLock);
		AttrMap    *map = lfirst_oid(lc) == core->base ? NULL :
			ivm_compat_build_attrmap(RelationGetDescr(rel), RelationGetDescr(base));
		IvmDistinctIndex found;

		if (rel->rd_rel->relkind != RELKIND_PARTITIONED_TABLE)
		{
			nleaves++;
			result = result && ivm_distinct_index_find(core, accum, rel, map, &found);
		}
		table_close(rel, NoLock);
	}
	table_close(base, NoLock);
	return result && nleaves > 0 && nleaves <= IVM_DISTINCT_MAX_LEAVES;
}
