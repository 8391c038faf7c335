/*-------------------------------------------------------------------------
 *
 * append_source.c
 *	  What of a definition an append view rests on.
 *
 * New rows are found in one table, and what they bring to the view must be a matter of these rows
 * and of the other tables as they are: the table is read once, in a linear
 * position (sources.c).  What is kept of a key must follow from what was kept and the new rows,
 * since closed buckets are never computed again: so no aggregate needs all rows of its key.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_sequence.h"
#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteHandler.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "base/append_value.h"
#include "base/sql_text.h"
#include "definition/append_source.h"
#include "definition/sources.h"

static void
refuse(const char *message, const char *detail, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("%s", message),
			 errdetail("%s", detail),
			 errhint("%s", hint)));
}

/* ---- the table ---- */

/* Split "table.column" or "column"; *table is NULL in the second case. */
static char *
split_name(const char *name, char **table)
{
	const char *dot = strrchr(name, '.');

	*table = dot ? pnstrdup(name, dot - name) : NULL;
	return pstrdup(dot ? dot + 1 : name);
}

/* The source that has the column, and may be meant. */
static const IvmSource *
find_source(const IvmCore *core, const char *watermark, AttrNumber *attno)
{
	char	   *table;
	char	   *column = split_name(watermark, &table);
	const IvmSource *result = NULL;

	for (int i = 0; i < core->nsources; i++)
	{
		const IvmSource *source = &core->sources[i];
		AttrNumber	n = get_attnum(source->relid, column);

		if (n <= 0 || (table && strcmp(table, get_rel_name(source->relid)) != 0 &&
					   strcmp(table, ivm_sql_text_relation_name(source->relid)) != 0))
			continue;
		if (result != NULL && result->relid != source->relid)
			ereport(ERROR,
					(errcode(ERRCODE_AMBIGUOUS_COLUMN),
					 errmsg("watermark column \"%s\" is ambiguous", watermark),
					 errdetail("Tables %s and %s have it.", ivm_sql_text_relation_name(result->relid),
							   ivm_sql_text_relation_name(source->relid)),
					 errhint("Write \"table.column\" of the table that rows are appended to.")));
		result = source;
		*attno = n;
	}
	if (result == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("watermark column \"%s\" does not exist", watermark),
				 errdetail("No table that the definition reads has it."),
				 errhint("Name the column of the table that orders new rows, such as its id.")));
	return result;
}

static void
check_core(const IvmCore *core, const IvmSource *source)
{
	const char *name = ivm_sql_text_relation_name(source->relid);
	int			times = 0;

	for (int i = 0; i < core->nsources; i++)
		times += core->sources[i].relid == source->relid;
	if (times > 1)
		refuse(psprintf("table %s is read more than once in the definition of an append view", name),
			   "A new row could meet any row that was taken in before.",
			   "Use mode \"deferred\".");
	if (!source->linear)
		refuse(psprintf("table %s is in a place where new rows can change others in an append view", name),
			   "It is on the nullable side of an outer join, in a condition, or below an aggregate, so that what was taken in would have to be found out.",
			   "Use mode \"deferred\", or write the table first in FROM.");
	if (core->parts != NULL)
		refuse("subqueries that are kept by themselves are not supported in append views",
			   "They would have to be of the same moment as the rows taken in.",
			   "Use mode \"deferred\", or join such a view when you read this one.");
	if (core->slices || core->distinct)
		refuse("aggregates that need all rows of their group are not supported in append views",
			   "Rows of the table may be gone when the group has to be computed.",
			   "Use mode \"deferred\", or aggregates such as count, sum, avg, min and max.");
}

/* ---- the order of values ---- */

/* The sequence whose value a default is, but for its type: of an expression of it, the order is not known. */
static Oid
find_sequence(Node *node)
{
	node = node ? strip_implicit_coercions(node) : NULL;
	if (node == NULL)
		return InvalidOid;
	if (IsA(node, NextValueExpr))
		return ((NextValueExpr *) node)->seqid;
	if (IsA(node, FuncExpr) && ((FuncExpr *) node)->funcid == F_NEXTVAL &&
		IsA(linitial(((FuncExpr *) node)->args), Const))
		return DatumGetObjectId(linitial_node(Const, ((FuncExpr *) node)->args)->constvalue);
	return InvalidOid;
}

Oid
ivm_append_source_sequence(Relation rel, AttrNumber attno)
{
	return find_sequence(build_column_default(rel, attno));
}

/*
 * Is a default the present time, or a UUID that begins with it?  Not an expression of it, nor
 * the time of the statement, which stands still while a procedure commits.
 */
static bool
is_now(Node *node)
{
	const char *name;

	node = node ? strip_implicit_coercions(node) : NULL;
	if (node == NULL)
		return false;
	if (IsA(node, SQLValueFunction))
		return ((SQLValueFunction *) node)->op == SVFOP_CURRENT_TIMESTAMP;
	if (!IsA(node, FuncExpr) || ((FuncExpr *) node)->args != NIL ||
		get_func_namespace(((FuncExpr *) node)->funcid) != PG_CATALOG_NAMESPACE)
		return false;
	name = get_func_name(((FuncExpr *) node)->funcid);
	return strcmp(name, "now") == 0 || strcmp(name, "transaction_timestamp") == 0 ||
		strcmp(name, "clock_timestamp") == 0 || strcmp(name, "uuidv7") == 0;
}

static void
ask_for_overlap(const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("this append view requires the option \"overlap\""),
			 errdetail("%s", detail),
			 errhint("Say how far behind the highest value a new row's may be; 0 if not at all.")));
}

/* Values that a session keeps for later may be inserted at any time, long after higher ones. */
static void
check_sequence(Oid sequence)
{
	HeapTuple	tup = SearchSysCache1(SEQRELID, ObjectIdGetDatum(sequence));
	FormData_pg_sequence form;

	if (!HeapTupleIsValid(tup))
		elog(ERROR, "cache lookup failed for sequence %u", sequence);
	form = *(Form_pg_sequence) GETSTRUCT(tup);
	ReleaseSysCache(tup);
	if (form.seqincrement < 0 || form.seqcycle)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("values of sequence \"%s\" do not order new rows", get_rel_name(sequence)),
				 errdetail(form.seqincrement < 0 ? "It is a descending one." : "It cycles."),
				 errhint("Use another column as the watermark.")));
	if (form.seqcache > 1)
		ask_for_overlap(psprintf("Sequence %s has CACHE %lld: a session draws so many values at once, and may insert them long after others have inserted higher ones.",
								 ivm_sql_text_relation_name(sequence), (long long) form.seqcache));
	if (form.seqincrement > 1)
		ask_for_overlap(psprintf("Sequence %s has INCREMENT %lld: clients may take the values between for rows to come.",
								 ivm_sql_text_relation_name(sequence), (long long) form.seqincrement));
}

void
ivm_append_source_check_order(Oid base, AttrNumber watermark)
{
	Relation	rel = table_open(base, AccessShareLock);
	Oid			sequence = ivm_append_source_sequence(rel, watermark);
	Oid			type = getBaseType(TupleDescAttr(RelationGetDescr(rel), watermark - 1)->atttypid);

	if (OidIsValid(sequence))
		check_sequence(sequence);
	else if (type == TIMESTAMPOID || type == DATEOID)
		ask_for_overlap(psprintf("Column \"%s\" of table %s has local times, which go back when summer time ends and differ between sessions.",
								 NameStr(TupleDescAttr(RelationGetDescr(rel), watermark - 1)->attname),
								 ivm_sql_text_relation_name(base)));
	else if (!is_now(build_column_default(rel, watermark)))
		ask_for_overlap(psprintf("The default of column \"%s\" of table %s is neither a sequence nor the time, so its values may be drawn long before their rows are inserted.",
								 NameStr(TupleDescAttr(RelationGetDescr(rel), watermark - 1)->attname),
								 ivm_sql_text_relation_name(base)));
	table_close(rel, NoLock);
}

/* ---- the bucket ---- */

/* Is it the watermark column itself, with constants? */
static bool
is_of_watermark(const IvmCore *core, Node *expr, const IvmAppendSource *s)
{
	List	   *vars = pull_var_clause(expr, 0);
	ListCell   *lc;

	if (vars == NIL)
		return false;
	foreach(lc, vars)
	{
		Var		   *var = lfirst_node(Var, lc);
		RangeTblEntry *rte = rt_fetch(var->varno, core->definition->rtable);

		if (rte->rtekind != RTE_RELATION || rte->relid != s->base || var->varattno != s->watermark)
			return false;
	}
	return true;
}

/* Is it a column divided by a constant? */
static bool
is_step(Node *expr)
{
	OpExpr	   *op = (OpExpr *) expr;
	const char *name;

	if (!IsA(expr, OpExpr) || list_length(op->args) != 2 || !IsA(lsecond(op->args), Const) ||
		!IsA(strip_implicit_coercions(linitial(op->args)), Var))
		return false;
	name = get_opname(op->opno);
	return name && strcmp(name, "/") == 0;
}

/* Is a key one that would be chosen as the bucket?  s: NULL, of a view that is no append view */
static bool
is_natural(const IvmCore *core, const IvmKeyDef *key, const IvmAppendSource *s)
{
	Node	   *expr = strip_implicit_coercions((Node *) key->expr);
	IvmAppendType type;
	const char *name;

	if (!ivm_append_type_init(&type, key->type) || key->type == UUIDOID)
		return false;
	if (IsA(expr, Var))
		return key->type == DATEOID;
	if (!type.timed)
		return s ? is_of_watermark(core, expr, s) : is_step(expr);
	if (!IsA(expr, FuncExpr))
		return false;
	name = get_func_name(((FuncExpr *) expr)->funcid);
	return name && (strcmp(name, "date_trunc") == 0 || strcmp(name, "date_bin") == 0 ||
					strcmp(name, "date") == 0);
}

static int
natural_bucket(const IvmCore *core, const IvmAppendSource *s, int *n)
{
	int			result = -1;

	*n = 0;
	for (int i = 0; i < core->nkeys; i++)
	{
		if (core->kind != IVM_CORE_GROUP || !is_natural(core, &core->keys[i], s))
			continue;
		result = i;
		(*n)++;
	}
	return result;
}

/* A key that is a column of the view of this name; or -1. */
static int
key_named(const IvmCore *core, const char *name)
{
	ListCell   *lc;

	foreach(lc, core->definition->targetList)
	{
		TargetEntry *tle = lfirst(lc);

		if (tle->resjunk || tle->resname == NULL || strcmp(tle->resname, name) != 0)
			continue;
		for (int i = 0; i < core->nkeys; i++)
			if (equal(core->keys[i].expr, tle->expr) || equal(core->keys[i].shown, tle->expr))
				return i;
	}
	return -1;
}

/* Is the key a column of the view? */
static const char *
column_of_key(const IvmCore *core, int key)
{
	ListCell   *lc;

	foreach(lc, core->definition->targetList)
	{
		TargetEntry *tle = lfirst(lc);

		if (!tle->resjunk && (equal(core->keys[key].expr, tle->expr) ||
							  equal(core->keys[key].shown, tle->expr)))
			return tle->resname;
	}
	return NULL;
}

/*
 * The key that is the bucket, or -1.  option: one that is given and requires it, or NULL; s: NULL,
 * of a view that is no append view
 */
static int
find_bucket(const IvmCore *core, const char *bucket, const char *option, const IvmAppendSource *s)
{
	int			n;
	int			result;

	if (bucket == NULL)
	{
		result = natural_bucket(core, s, &n);
		if (n != 1 && option != NULL)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg(n == 0 ? "option \"%s\" requires buckets" :
							"option \"%s\" requires the option \"bucket\"", option),
					 n > 0 ? errdetail("More than one GROUP BY expression could be the bucket.") :
					 s ? errdetail("No GROUP BY expression is a time cut by date_trunc(), date_bin() or a cast to date, or a step of the watermark.") :
					 errdetail("No GROUP BY expression is a time cut by date_trunc(), date_bin() or a cast to date, or a column divided by a number."),
					 errhint("Name the column of the view that divides it, as option \"bucket\".")));
		return n == 1 ? result : -1;
	}
	result = core->kind == IVM_CORE_GROUP ? key_named(core, bucket) : -1;
	if (result < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("bucket \"%s\" is no GROUP BY expression of the definition", bucket),
				 errhint("Name a column of the view that it is grouped by.")));
	return result;
}

/* Find out about the type of a bucket, or raise an error if it is no type of buckets. */
static void
init_bucket_type(const IvmCore *core, int bucket, IvmAppendType *type)
{
	if (!ivm_append_type_init(type, core->keys[bucket].type) || core->keys[bucket].type == UUIDOID)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("type %s cannot divide a view into buckets", format_type_be(core->keys[bucket].type)),
				 errhint("Use an expression that gives a number or a time.")));
}

static void
check_late(const IvmCore *core, const char *late, int bucket, const IvmAppendType *type)
{
	ivm_append_value_check_distance(type, "late", late);
	if (core->sets != NULL)
		refuse("option \"late\" is not supported with grouping sets",
			   "Totals would change when rows of closed buckets are gone.",
			   "Leave it out, or sum up when you read the view.");
	if (column_of_key(core, bucket) == NULL)
		refuse("option \"late\" requires that the bucket is a column of the view",
			   "Comparing the view with its definition must leave closed buckets out.",
			   "Add the GROUP BY expression to the select list.");
}

static void
check_last(const IvmCore *core, const char *last, const IvmAppendType *type)
{
	ivm_append_value_check_distance(type, "reconcile_last", last);
	if (core->sets != NULL)
		refuse("option \"reconcile_last\" is not supported with grouping sets",
			   "Totals are of all rows, old ones included.",
			   "Leave it out, or sum up when you read the view.");
}

int
ivm_append_source_find_bucket(const IvmCore *core, const char *bucket, const char *reconcile_last)
{
	int			result = find_bucket(core, bucket, "reconcile_last", NULL);
	IvmAppendType type;

	init_bucket_type(core, result, &type);
	check_last(core, reconcile_last, &type);
	return result;
}

void
ivm_append_source_find(const IvmCore *core, const IvmAppendOptions *options, IvmAppendSource *result)
{
	const char *watermark = options->watermark;
	const char *overlap = options->overlap;
	const IvmSource *source;
	IvmAppendType type;
	Oid			typid;
	int32		typmod;
	Oid			collation;

	if (watermark == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("an append view requires the option \"watermark\""),
				 errdetail("It names the column that orders new rows."),
				 errhint("For example: options => '{\"watermark\": \"id\"}'.")));
	source = find_source(core, watermark, &result->watermark);
	result->base = source->relid;
	check_core(core, source);
	get_atttypetypmodcoll(result->base, result->watermark, &typid, &typmod, &collation);
	if (overlap && ivm_append_type_init(&type, typid))
		ivm_append_value_check_distance(&type, "overlap", overlap);
	result->bucket = find_bucket(core, options->bucket, options->late ? "late" :
								 options->reconcile_last ? "reconcile_last" : NULL, result);
	if (result->bucket < 0)
		return;
	init_bucket_type(core, result->bucket, &type);
	if (options->late)
		check_late(core, options->late, result->bucket, &type);
	if (options->reconcile_last)
		check_last(core, options->reconcile_last, &type);
}
