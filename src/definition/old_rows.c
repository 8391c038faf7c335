/*-------------------------------------------------------------------------
 *
 * old_rows.c
 *	  A table as it was before changes that are known row by row.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "parser/parse_func.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "base/compat.h"
#include "catalog/catalog_view.h"
#include "definition/old_rows.h"
#include "definition/sources.h"
#include "definition/source_subquery.h"

IVM_FUNCTION(ivm_row_image);

char *
ivm_old_rows_come_name(int source)
{
	return psprintf("%s come", ivm_sources_rows_name(source));
}

char *
ivm_old_rows_instead_name(int source)
{
	return psprintf("%s instead", ivm_sources_rows_name(source));
}

/* ---- keys ---- */

static Var *
column_of(TupleDesc desc, int rti, int attno)
{
	Form_pg_attribute att = TupleDescAttr(desc, attno - 1);

	return makeVar(rti, attno, att->atttypid, att->atttypmod, att->attcollation, 0);
}

/* The hashable equality of a key that is one column of a type that has it; or InvalidOid. */
static Oid
simple_equality(const IvmOldRows *old, int *attno)
{
	TypeCacheEntry *type;

	if (!old->unique || bms_membership(old->key) != BMS_SINGLETON)
		return InvalidOid;
	*attno = bms_singleton_member(old->key);
	type = lookup_type_cache(getBaseType(TupleDescAttr(old->desc, *attno - 1)->atttypid),
							 TYPECACHE_EQ_OPR | TYPECACHE_HASH_PROC);
	return OidIsValid(type->hash_proc) ? type->eq_opr : InvalidOid;
}

/* ivm._row_image(ROW(columns of the key)) */
static Expr *
make_image(const IvmOldRows *old, int rti)
{
	List	   *name = list_make2(makeString(pstrdup(IVM_SCHEMA)), makeString(pstrdup("_row_image")));
	Oid			type = RECORDOID;
	RowExpr    *row = makeNode(RowExpr);
	int			attno = -1;

	while ((attno = bms_next_member(old->key, attno)) >= 0)
	{
		row->args = lappend(row->args, column_of(old->desc, rti, attno));
		row->colnames = lappend(row->colnames, makeString(psprintf("f%d", list_length(row->args))));
	}
	row->row_typeid = RECORDOID;
	row->row_format = COERCE_EXPLICIT_CALL;
	row->location = -1;
	return (Expr *) makeFuncExpr(LookupFuncName(name, 1, &type, false), BYTEAOID, list_make1(row),
								 InvalidOid, InvalidOid, COERCE_EXPLICIT_CALL);
}

/* What the rows of range table entry 1 are compared by, and the operator. */
static Expr *
make_key(const IvmOldRows *old, Oid *equality)
{
	int			attno = 0;

	*equality = simple_equality(old, &attno);
	if (OidIsValid(*equality))
		return (Expr *) column_of(old->desc, 1, attno);
	*equality = ByteaEqualOperator;
	return make_image(old, 1);
}

static RangeTblRef *
make_ref(int rti)
{
	RangeTblRef *ref = makeNode(RangeTblRef);

	ref->rtindex = rti;
	return ref;
}

/* A range table entry for rows of the table that the executor finds by a name. */
static RangeTblEntry *
named_rows(const IvmOldRows *old, char *name, double nrows)
{
	RangeTblEntry *rte = makeNode(RangeTblEntry);
	List	   *names = NIL;

	for (int i = 0; i < old->desc->natts; i++)
		names = lappend(names, makeString(TupleDescAttr(old->desc, i)->attisdropped ? pstrdup("") :
										  pstrdup(NameStr(TupleDescAttr(old->desc, i)->attname))));
	rte->eref = makeAlias(name, names);
	rte->inFromCl = true;
	ivm_sources_put_rows(rte, 0, old->desc, nrows);
	rte->enrname = name;
	return rte;
}

static Query *
make_select(RangeTblEntry *rte)
{
	Query	   *query = makeNode(Query);

	query->commandType = CMD_SELECT;
	query->canSetTag = true;
	query->rtable = list_make1(rte);
	query->jointree = makeFromExpr(list_make1(make_ref(1)), NULL);
	return query;
}

/* key IN (SELECT key FROM rows that have come) */
static Expr *
make_test(const IvmOldRows *old, int source)
{
	SubLink    *sublink = makeNode(SubLink);
	Query	   *sub = make_select(named_rows(old, ivm_old_rows_come_name(source), old->ncome));
	Oid			equality;
	Expr	   *key = make_key(old, &equality);
	Param	   *param = makeNode(Param);

	sub->targetList = list_make1(makeTargetEntry(copyObject(key), 1, pstrdup("key"), false));
	param->paramkind = PARAM_SUBLINK;
	param->paramid = 1;
	param->paramtype = exprType((Node *) key);
	param->paramtypmod = exprTypmod((Node *) key);
	param->paramcollid = exprCollation((Node *) key);
	param->location = -1;
	sublink->subLinkType = ANY_SUBLINK;
	sublink->testexpr = (Node *) make_opclause(equality, BOOLOID, false, key, (Expr *) param,
											   InvalidOid, exprCollation((Node *) key));
	sublink->operName = list_make1(makeString(pstrdup("=")));
	sublink->subselect = (Node *) sub;
	sublink->location = -1;
	return (Expr *) sublink;
}

/* ---- the table ---- */

/*
 * The rows of the table that have not come.  The condition is one of the range table entry,
 * as those of row security are: the planner makes the query a member of the UNION ALL itself
 * only if it has no WHERE, and only then can it use an index of the table for a join.
 */
static Query *
make_rest(const RangeTblEntry *rte, int source, const IvmOldRows *old)
{
	Query	   *query = makeNode(Query);
	RangeTblEntry *copy;

	query->commandType = CMD_SELECT;
	query->canSetTag = true;
	copy = ivm_source_subquery_add(query, unconstify(RangeTblEntry *, rte));
	query->targetList = ivm_source_subquery_columns(copy, 1);
	copy->securityQuals = list_make1(make_notclause(make_test(old, source)));
	query->jointree = makeFromExpr(list_make1(make_ref(1)), NULL);
	query->hasSubLinks = true;
	return query;
}

/*
 * The rows put instead.  With a LIMIT that the planner does not see through, or it could
 * not pass the values of a join on to both arms.
 */
static Query *
make_instead(int source, const IvmOldRows *old)
{
	RangeTblEntry *rte = named_rows(old, ivm_old_rows_instead_name(source), old->ninstead);
	Query	   *query = make_select(rte);

	query->targetList = ivm_source_subquery_columns(rte, 1);
	query->limitOffset = (Node *) makeConst(INT8OID, -1, InvalidOid, sizeof(int64),
											Int64GetDatum(0), false, FLOAT8PASSBYVAL);
	return query;
}

static RangeTblEntry *
make_arm(Query *arm, const char *name)
{
	RangeTblEntry *rte = makeNode(RangeTblEntry);
	List	   *names = NIL;
	ListCell   *lc;

	foreach(lc, arm->targetList)
		names = lappend(names, makeString(pstrdup(lfirst_node(TargetEntry, lc)->resname)));
	rte->rtekind = RTE_SUBQUERY;
	rte->subquery = arm;
	rte->eref = makeAlias(name, names);
	return rte;
}

static Query *
union_all(Query *left, Query *right)
{
	Query	   *query = makeNode(Query);
	SetOperationStmt *op = makeNode(SetOperationStmt);
	ListCell   *lc;

	query->commandType = CMD_SELECT;
	query->canSetTag = true;
	query->rtable = list_make2(make_arm(left, "*SELECT* 1"), make_arm(right, "*SELECT* 2"));
	query->jointree = makeFromExpr(NIL, NULL);
	op->op = SETOP_UNION;
	op->all = true;
	op->larg = (Node *) make_ref(1);
	op->rarg = (Node *) make_ref(2);
	foreach(lc, left->targetList)
	{
		TargetEntry *tle = lfirst(lc);
		Oid			type = exprType((Node *) tle->expr);
		int32		typmod = exprTypmod((Node *) tle->expr);
		Oid			collation = exprCollation((Node *) tle->expr);

		op->colTypes = lappend_oid(op->colTypes, type);
		op->colTypmods = lappend_int(op->colTypmods, typmod);
		op->colCollations = lappend_oid(op->colCollations, collation);
		query->targetList = lappend(query->targetList,
									makeTargetEntry((Expr *) makeVar(1, tle->resno, type, typmod, collation, 0),
													tle->resno, pstrdup(tle->resname), false));
	}
	query->setOperations = (Node *) op;
	return query;
}

void
ivm_old_rows_put(RangeTblEntry *rte, int source, const IvmOldRows *old)
{
	if (rte->rtekind == RTE_SUBQUERY)
		rte = linitial(rte->subquery->rtable);
	ivm_source_subquery_become(rte, union_all(make_rest(rte, source, old), make_instead(source, old)));
}

Query *
ivm_old_rows_hidden(const RangeTblEntry *rte, const IvmOldRows *old)
{
	Query	   *query = makeNode(Query);
	RangeTblEntry *copy;

	query->commandType = CMD_SELECT;
	query->canSetTag = true;
	copy = ivm_source_subquery_add(query, unconstify(RangeTblEntry *, rte));
	query->targetList = ivm_source_subquery_columns(copy, 1);
	query->jointree = makeFromExpr(list_make1(make_ref(1)), (Node *) make_test(old, 0));
	query->hasSubLinks = true;
	return query;
}

/* ---- images ---- */

/* ivm._row_image(record): bytes that are the same for rows that look the same. */
Datum
ivm_row_image(PG_FUNCTION_ARGS)
{
	HeapTupleHeader header = PG_GETARG_HEAPTUPLEHEADER(0);
	TupleDesc	desc = lookup_rowtype_tupdesc(HeapTupleHeaderGetTypeId(header),
											  HeapTupleHeaderGetTypMod(header));
	HeapTupleData tuple;
	Datum	   *values = palloc(sizeof(Datum) * desc->natts);
	bool	   *nulls = palloc(sizeof(bool) * desc->natts);
	MinimalTuple image;
	bytea	   *result;

	tuple.t_len = HeapTupleHeaderGetDatumLength(header);
	ItemPointerSetInvalid(&tuple.t_self);
	tuple.t_tableOid = InvalidOid;
	tuple.t_data = header;
	heap_deform_tuple(&tuple, desc, values, nulls);
	for (int i = 0; i < desc->natts; i++)
		if (!nulls[i] && TupleDescAttr(desc, i)->attlen == -1)
			values[i] = PointerGetDatum(PG_DETOAST_DATUM(values[i]));
	image = ivm_compat_form_minimal_tuple(desc, values, nulls);
	result = palloc(VARHDRSZ + image->t_len);
	SET_VARSIZE(result, VARHDRSZ + image->t_len);
	memcpy(VARDATA(result), image, image->t_len);
	ReleaseTupleDesc(desc);
	PG_RETURN_BYTEA_P(result);
}
