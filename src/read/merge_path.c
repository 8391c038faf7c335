/*-------------------------------------------------------------------------
 *
 * merge_path.c
 *	  Planning: puts a DeltaApply node over each scan of a state table.
 *
 * A view contains "SELECT * FROM state WHERE ivm._merged(tableoid)".  The
 * marker function has a planner support function, and calling that loads this
 * library while a query is planned, in time for the path hook:
 *
 *		planner		simplifies the marker	ivm_merged_support()	library is loaded
 *					makes paths of state	merge_pathlist()		the marker is taken
 *																	out, they are wrapped
 *					makes the plan			plan_merge_path()		DeltaApply
 *
 * Should the hook ever not be called, the marker is executed and raises an
 * error: unmerged rows cannot be read.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/sysattr.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_am.h"
#include "catalog/pg_proc.h"
#include "nodes/makefuncs.h"
#include "nodes/supportnodes.h"
#include "optimizer/clauses.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/restrictinfo.h"
#include "storage/bufmgr.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "catalog/catalog_view.h"
#include "plan/plan.h"
#include "plan/plan_cache.h"
#include "plan/plan_check.h"
#include "read/merge.h"
#include "read/merge_newest.h"

IVM_FUNCTION(ivm_merged);
IVM_FUNCTION(ivm_merged_support);

static set_rel_pathlist_hook_type next_pathlist_hook = NULL;

/*
 * The marker.  The hook takes it out of every plan, so it is never executed
 * unless the hook was not called.
 */
Datum
ivm_merged(PG_FUNCTION_ARGS)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("rows of a view's storage cannot be read without merging its changes"),
			 errdetail("The planner did not use the DeltaApply node of ivm for this scan."),
			 errhint("Query the view itself.")));
}

/* Is this clause a call of the marker on that relation?  Sets *bag. */
static bool
is_marker(Node *clause, Index rti, bool *bag)
{
	FuncExpr   *call = (FuncExpr *) clause;
	Var		   *var;
	char	   *name;

	if (!IsA(clause, FuncExpr) || list_length(call->args) != 1)
		return false;
	var = linitial(call->args);
	if (!IsA(var, Var) || var->varno != (int) rti || var->varattno != TableOidAttributeNumber)
		return false;
	if (get_func_namespace(call->funcid) != get_namespace_oid(IVM_SCHEMA, true))
		return false;
	name = get_func_name(call->funcid);
	*bag = name && strcmp(name, "_merged_bag") == 0;
	return name && (*bag || strcmp(name, "_merged") == 0);
}

/* ---- support function ---- */

/*
 * Called while the marker is simplified.  A row of the view has no identity by
 * which it could be fetched again: so a row lock on it is an error, and a plain
 * row mark becomes a copy of the row.
 */
static void
adjust_row_mark(PlannerInfo *root, Index rti)
{
	ListCell   *lc;

	foreach(lc, root->rowMarks)
	{
		PlanRowMark *rc = lfirst(lc);

		if (rc->rti != rti)
			continue;
		if (RowMarkRequiresRowShareLock(rc->markType))
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("cannot lock rows of an incrementally maintained view"),
					 errdetail("Its rows are computed from several stored ones."),
					 errhint("Lock rows of its base tables, or name other tables with FOR UPDATE OF.")));
		rc->markType = ROW_MARK_COPY;
		rc->allMarkTypes = 1 << ROW_MARK_COPY;
	}
}

Datum
ivm_merged_support(PG_FUNCTION_ARGS)
{
	Node	   *req = (Node *) PG_GETARG_POINTER(0);

	if (IsA(req, SupportRequestSelectivity))
	{
		((SupportRequestSelectivity *) req)->selectivity = 1.0;
		PG_RETURN_POINTER(req);
	}
	if (IsA(req, SupportRequestSimplify))
	{
		SupportRequestSimplify *simplify = (SupportRequestSimplify *) req;
		Node	   *arg = linitial(simplify->fcall->args);

		if (simplify->root && IsA(arg, Var) && ((Var *) arg)->varlevelsup == 0)
			adjust_row_mark(simplify->root, ((Var *) arg)->varno);
	}
	PG_RETURN_POINTER(NULL);
}

/* ---- paths ---- */

static Plan *plan_merge_path(PlannerInfo *root, RelOptInfo *rel, CustomPath *best_path,
							 List *tlist, List *clauses, List *custom_plans);

static const CustomPathMethods merge_path_methods = {
	.CustomName = "DeltaApply",
	.PlanCustomPath = plan_merge_path,
};

/*
 * The index whose order a path has, or NULL.  The merged rows are sorted by
 * the index's columns, which must be plain columns then.
 */
static IndexPath *
ordering_index(Path *path)
{
	IndexPath  *ip = (IndexPath *) path;

	if (path->pathkeys == NIL || !IsA(path, IndexPath))
		return NULL;
	if (ip->indexinfo->relam != BTREE_AM_OID || ip->indexorderbys != NIL)
		return NULL;
	for (int i = 0; i < ip->indexinfo->nkeycolumns; i++)
		if (ip->indexinfo->indexkeys[i] <= 0)
			return NULL;
	return ip;
}

/* A DeltaApply path over a scan of the state table. */
static Path *
wrap_path(PlannerInfo *root, RelOptInfo *rel, Path *child, IvmPlan *plan, bool bag)
{
	CustomPath *path = makeNode(CustomPath);
	IndexPath  *ip = ordering_index(child);
	int			flags = bag ? IVM_MERGE_BAG : 0;
	List	   *sort = NIL;

	Assert(child->pathtype != T_IndexOnlyScan); /* rows must have a TID and
												 * all columns */
	path->path.pathtype = T_CustomScan;
	path->path.parent = rel;
	path->path.pathtarget = rel->reltarget;
	path->path.param_info = child->param_info;
	path->path.parallel_aware = child->parallel_workers > 0;
	path->path.parallel_safe = child->parallel_safe && child->parallel_workers > 0;
	path->path.parallel_workers = child->parallel_workers;
	path->path.rows = child->rows;
	path->path.startup_cost = child->startup_cost + cpu_operator_cost;
	path->path.total_cost = child->total_cost + cpu_operator_cost * (1 + child->rows);
	if (ip && child->parallel_workers == 0)
	{
		flags |= IVM_MERGE_ORDERED;
		path->path.pathkeys = child->pathkeys;
		sort = list_make3_int((int) ip->indexinfo->indexoid,
							  ip->indexinfo->nkeycolumns,
							  (int) ip->indexscandir);
	}
	path->flags = CUSTOMPATH_SUPPORT_PROJECTION;
	path->custom_paths = list_make1(child);
	path->custom_private = list_make2(list_make2_int(plan->row->id, flags), sort);
	path->methods = &merge_path_methods;
	return (Path *) path;
}

/* The marker among the clauses of a relation, or NULL. */
static RestrictInfo *
find_marker(RelOptInfo *rel, bool *bag)
{
	ListCell   *lc;

	foreach(lc, rel->baserestrictinfo)
	{
		RestrictInfo *ri = lfirst_node(RestrictInfo, lc);

		if (is_marker((Node *) ri->clause, rel->relid, bag))
			return ri;
	}
	return NULL;
}

/*
 * Take the marker out of the relation's clauses and those that are checked with each index.  The
 * lists may be shared, so they are copied.
 */
static void
remove_marker(RelOptInfo *rel, RestrictInfo *marker)
{
	ListCell   *lc;

	rel->baserestrictinfo = list_delete_ptr(list_copy(rel->baserestrictinfo), marker);
	foreach(lc, rel->indexlist)
	{
		IndexOptInfo *index = lfirst(lc);

		index->indrestrictinfo = list_delete_ptr(list_copy(index->indrestrictinfo), marker);
	}
}

/*
 * In a parallel plan all merged rows go through shared memory, of which there
 * may be little.  So there is none with more blocks of deltas than this.
 */
#define MAX_SHARED_BLOCKS	(16 * 1024 * 1024 / BLCKSZ)

/*
 * Is a parallel plan possible, and worth while: is the state table likely to be scanned, are the deltas few
 * enough?
 */
static bool
may_be_parallel(IvmPlan *plan, Oid relid)
{
	Relation	state;
	bool		result;
	Relation	delta = NULL;

	if (ivm_plan_check_parallel_hazard(plan) != PROPARALLEL_SAFE)
		return false;
	state = table_open(relid, NoLock);
	result = !ivm_merge_newest_pays(plan, state);
	table_close(state, NoLock);
	if (result)
		delta = try_relation_open(plan->row->delta, AccessShareLock);
	if (delta == NULL)
		return false;
	result = RelationGetNumberOfBlocks(delta) <= MAX_SHARED_BLOCKS;
	relation_close(delta, NoLock);
	return result;
}

/*
 * Is it a scan of the state table as the server makes one, whose rows have TIDs?  The marker made
 * no difference to it, as it counts for nothing in costs and is no index's condition; but
 * that it uses a system column has kept index-only scans out.
 */
static bool
is_plain_scan(Path *path)
{
	return IsA(path, IndexPath) || IsA(path, BitmapHeapPath) ||
		(IsA(path, Path) && path->pathtype == T_SeqScan);
}

/* Empty a list of paths; returns those of them that are scans of the state table. */
static List *
take_scans(List **paths)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, *paths)
	{
		if (is_plain_scan(lfirst(lc)))
			result = lappend(result, lfirst(lc));
	}
	*paths = NIL;
	return result;
}

/* set_rel_pathlist_hook */
static void
merge_pathlist(PlannerInfo *root, RelOptInfo *rel, Index rti, RangeTblEntry *rte)
{
	ListCell   *lc;
	bool		bag = false;
	RestrictInfo *marker;
	IvmPlan    *plan;
	List	   *paths;
	List	   *partial;

	if (next_pathlist_hook)
		next_pathlist_hook(root, rel, rti, rte);
	if (rte->rtekind != RTE_RELATION || rel->reloptkind != RELOPT_BASEREL ||
		IS_DUMMY_REL(rel))
		return;
	marker = find_marker(rel, &bag);
	if (marker == NULL)
		return;
	plan = ivm_plan_cache_find_state(rte->relid);
	if (plan == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("table \"%s\" belongs to no view", get_rel_name(rte->relid)),
				 errdetail("The row of its view in ivm.view is missing, so the changes of the base table are not captured."),
				 errhint("If only the schema was restored, CALL ivm.refresh_all(). From a dump without comments, drop the view and create it again.")));

	/*
	 * only who writes the marker into a statement of their own, as the owner
	 * of a state table can
	 */
	if ((int) rti == root->parse->resultRelation)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("cannot change rows of an incrementally maintained view"),
				 errdetail("Its rows are computed from several stored ones."),
				 errhint("Change rows of its base tables.")));

	remove_marker(rel, marker);
	paths = take_scans(&rel->pathlist);
	partial = take_scans(&rel->partial_pathlist);
	if (paths == NIL)
		paths = list_make1(create_seqscan_path(root, rel, rel->lateral_relids, 0));
	foreach(lc, paths)
		add_path(rel, wrap_path(root, rel, lfirst(lc), plan, bag));
	if (partial != NIL && !may_be_parallel(plan, rte->relid))
		partial = NIL;
	foreach(lc, partial)
		add_partial_path(rel, wrap_path(root, rel, lfirst(lc), plan, bag));
}

/* ---- plans ---- */

/*
 * Let the child return whole rows of the state table: it then needs no
 * projection, and its scan slot has the row's TID.
 */
static void
make_child_return_rows(Plan *child, Oid relid, Index rti)
{
	Relation	rel = table_open(relid, NoLock);
	List	   *tlist = NIL;

	for (int i = 0; i < RelationGetNumberOfAttributes(rel); i++)
	{
		Form_pg_attribute att = TupleDescAttr(RelationGetDescr(rel), i);

		tlist = lappend(tlist,
						makeTargetEntry((Expr *) makeVar(rti, i + 1, att->atttypid, att->atttypmod,
														 att->attcollation, 0),
										i + 1, NULL, false));
	}
	table_close(rel, NoLock);
	child->targetlist = tlist;
}

/* The expression below a cast that changes nothing. */
static Node *
strip_relabel(Node *node)
{
	return IsA(node, RelabelType) ? (Node *) ((RelabelType *) node)->arg : node;
}

/* Is it a key column of the state table, where that has no key_hash? */
static bool
is_key_column(Node *node, RelOptInfo *rel, IvmPlan *plan)
{
	return IsA(node, Var) && ((Var *) node)->varno == (int) rel->relid &&
		((Var *) node)->varattno >= 1 && ((Var *) node)->varattno <= plan->nkeys;
}

/*
 * If this qual is a comparison of a key column that the key index supports,
 * returns its IvmKeyQualPrivate members, and the expression compared with in
 * *arg; else NIL.
 */
static List *
match_key_qual(Node *clause, RelOptInfo *rel, IvmPlan *plan, IndexOptInfo *index, Expr **arg)
{
	OpExpr	   *op = (OpExpr *) clause;
	Node	   *left;
	Node	   *right;
	Oid			opno;
	int			col;
	Oid			lefttype;
	Oid			righttype;
	int			strategy;

	if (!IsA(op, OpExpr) || list_length(op->args) != 2)
		return NIL;
	opno = op->opno;
	left = strip_relabel(linitial(op->args));
	right = lsecond(op->args);
	if (!is_key_column(left, rel, plan))
	{
		left = strip_relabel(lsecond(op->args));
		right = linitial(op->args);
		opno = get_commutator(opno);
	}
	if (!OidIsValid(opno) || !is_key_column(left, rel, plan) ||
		bms_is_member(rel->relid, pull_varnos(NULL, right)) ||
		contain_volatile_functions(right) || contain_subplans(right))
		return NIL;
	col = ((Var *) left)->varattno - 1;
	if (!op_in_opfamily(opno, index->opfamily[col]) ||
		(OidIsValid(index->indexcollations[col]) && op->inputcollid != index->indexcollations[col]))
		return NIL;
	get_op_opfamily_properties(opno, index->opfamily[col], false, &strategy, &lefttype, &righttype);
	*arg = (Expr *) right;
	return lappend_int(list_make4_int(col + 1, strategy, (int) righttype,
									  (int) index->indexcollations[col]),
					   (int) get_opcode(opno));
}

/* Order by the column of the index. */
static int
compare_key_quals(const ListCell *a, const ListCell *b)
{
	return linitial_int(linitial(lfirst(a))) - linitial_int(linitial(lfirst(b)));
}

/* Find the quals that narrow the delta table, in the order of its index. */
static void
add_key_quals(CustomScan *scan, RelOptInfo *rel)
{
	IvmPlan    *plan = ivm_plan_cache_get(linitial_int(list_nth(scan->custom_private, IVM_MERGE_INFO)));
	IndexOptInfo *index = NULL;
	List	   *found = NIL;
	List	   *quals = NIL;
	ListCell   *lc;

	foreach(lc, rel->indexlist)
	{
		if (plan && ((IndexOptInfo *) lfirst(lc))->indexoid == plan->state_index)
			index = lfirst(lc);
	}
	if (index && !plan->layout.hashed && scan->scan.plan.parallel_aware == false)
	{
		foreach(lc, scan->scan.plan.qual)
		{
			Expr	   *arg;
			List	   *members = match_key_qual(lfirst(lc), rel, plan, index, &arg);

			if (members != NIL)
				found = lappend(found, list_make2(members, arg));
		}
		list_sort(found, compare_key_quals);
	}
	foreach(lc, found)
	{
		quals = lappend(quals, linitial(lfirst(lc)));
		scan->custom_exprs = lappend(scan->custom_exprs, lsecond(lfirst(lc)));
	}
	scan->custom_private = lappend(list_copy(scan->custom_private), quals);
}

/* PlanCustomPath: the DeltaApply node of a path. */
static Plan *
plan_merge_path(PlannerInfo *root, RelOptInfo *rel, CustomPath *best_path,
				List *tlist, List *clauses, List *custom_plans)
{
	CustomScan *scan = makeNode(CustomScan);
	RangeTblEntry *rte = planner_rt_fetch(rel->relid, root);
	Plan	   *child = linitial(custom_plans);
	Plan	   *leaf = child;

	/* a gating Result may stand above the scan */
	while (IsA(leaf, Result) && leaf->lefttree)
	{
		make_child_return_rows(leaf, rte->relid, rel->relid);
		leaf = leaf->lefttree;
	}
	make_child_return_rows(leaf, rte->relid, rel->relid);

	scan->scan.plan.targetlist = tlist;
	scan->scan.plan.qual = extract_actual_clauses(clauses, false);
	scan->scan.plan.lefttree = child;
	scan->scan.scanrelid = rel->relid;
	scan->flags = best_path->flags;
	scan->custom_plans = NIL;
	scan->custom_private = best_path->custom_private;
	scan->methods = &ivm_merge_scan_methods;
	scan->scan.plan.parallel_aware = best_path->path.parallel_aware;
	add_key_quals(scan, rel);
	return &scan->scan.plan;
}

void
ivm_merge_init(void)
{
	RegisterCustomScanMethods(&ivm_merge_scan_methods);
	next_pathlist_hook = set_rel_pathlist_hook;
	set_rel_pathlist_hook = merge_pathlist;
}
