/*-------------------------------------------------------------------------
 *
 * plan_derive.c
 *	  Deriving a plan from a view's definition.
 *
 * The analysis may leave much behind, so it has a context of its own where its
 * result is copied (analyze).  All else is allocated in the plan's context, which
 * hangs below the current one until the plan is complete: an error frees it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/sysattr.h"
#include "access/table.h"
#include "catalog/pg_class.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/regproc.h"
#include "utils/rel.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

#include "aggregates/accum.h"
#include "base/compat.h"
#include "base/options.h"
#include "base/relation.h"
#include "base/settings.h"
#include "catalog/catalog_view.h"
#include "definition/affected_region.h"
#include "definition/affected_region_find.h"
#include "definition/analyze.h"
#include "definition/analyze_keep.h"
#include "definition/core.h"
#include "definition/layout.h"
#include "definition/refusal.h"
#include "definition/rights.h"
#include "definition/sources.h"
#include "plan/key.h"
#include "plan/owner_scope.h"
#include "plan/plan.h"
#include "plan/plan_check.h"
#include "plan/plan_derive.h"

/* Add the columns that a whole row consists of. */
static Bitmapset *
add_all_attrs(Bitmapset *attrs, TupleDesc desc)
{
	for (int i = 0; i < desc->natts; i++)
		if (!TupleDescAttr(desc, i)->attisdropped)
			attrs = bms_add_member(attrs, i + 1);
	return attrs;
}

/*
 * Find the columns of the base table that a view over one table reads: an UPDATE of
 * others does not concern it.  Generated columns stand for what they are made of.
 */
static void
collect_used_attrs(IvmPlan *plan)
{
	IvmCore    *core = plan->core;
	Bitmapset  *attrs = NULL;
	Relation	rel = table_open(core->base, AccessShareLock);
	MemoryContext work = AllocSetContextCreate(CurrentMemoryContext, "ivm analysis",
											   ALLOCSET_SMALL_SIZES);
	MemoryContext oldcxt = MemoryContextSwitchTo(work);
	Node	   *all = (Node *) list_make2(core->definition->targetList,
										  core->definition->jointree->quals);
	int			a = -1;

	pull_varattnos(ivm_compat_expand_generated(copyObject(all), rel, core->rti),
				   core->rti, &attrs);
	pull_varattnos(core->definition->havingQual, core->rti, &attrs);
	MemoryContextSwitchTo(oldcxt);
	while ((a = bms_next_member(attrs, a)) >= 0)
	{
		int			attno = a + FirstLowInvalidHeapAttributeNumber;

		if (attno == 0)
			plan->used_attrs = add_all_attrs(plan->used_attrs, RelationGetDescr(rel));
		else if (attno > 0)		/* not tableoid, of which a virtual column may
								 * be made */
			plan->used_attrs = bms_add_member(plan->used_attrs, attno);
	}
	table_close(rel, AccessShareLock);
	MemoryContextDelete(work);
}

/* Decide how the distinct values of an accumulator are told apart: as DISTINCT does it. */
static void
init_values(IvmPlan *plan, int i)
{
	const IvmAccum *accum = &plan->accums[i];
	IvmKeyDef	def = {.type = accum->argtype[0],.typmod = accum->argtypmod[0],.collation = accum->argcoll[0]};

	ivm_key_init(&plan->values[i], &def, false, plan->cxt);
}

/* Set up the accumulators, and where each has its arguments and pending bytes. */
static void
init_accums(IvmPlan *plan)
{
	IvmCore    *core = plan->core;
	int			arg = core->nkeys;
	Size		offset = 0;

	plan->naccums = core->naccums;
	plan->accums = palloc0(sizeof(IvmAccum) * Max(core->naccums, 1));
	plan->arg_first = palloc0(sizeof(int) * Max(core->naccums, 1));
	plan->pending_offset = palloc0(sizeof(Size) * Max(core->naccums, 1));
	plan->values_offset = palloc0(sizeof(Size) * Max(core->naccums, 1));
	plan->values = palloc0(sizeof(IvmKey) * Max(core->naccums, 1));
	plan->state_first = palloc0(sizeof(int) * Max(core->naccums, 1));
	plan->delta_first = palloc0(sizeof(int) * Max(core->naccums, 1));
	for (int i = 0; i < core->naccums; i++)
	{
		IvmAccum   *accum = &plan->accums[i];

		*accum = core->accums[i].accum;
		if (accum->class->init)
			accum->class->init(accum);
		plan->arg_first[i] = arg;
		arg += list_length(core->accums[i].args);
		plan->pending_offset[i] = offset;
		offset += MAXALIGN(accum->class->pending_size);
		if (accum->distinct)
		{
			plan->values_offset[i] = offset;
			offset += MAXALIGN(sizeof(void *));
			init_values(plan, i);
		}
	}
	plan->pending_size = offset;
}

/* Note how the values of each column of the state table are passed and compared. */
static void
init_state_types(IvmPlan *plan)
{
	int			n = plan->layout.state_natts;

	plan->state_byval = palloc(sizeof(bool) * n);
	plan->state_len = palloc(sizeof(int16) * n);
	for (int i = 0; i <= plan->layout.state_row_count; i++)
	{
		plan->state_byval[i] = true;	/* key_hash and row_count */
		plan->state_len[i] = sizeof(int64);
	}
	for (int i = 0; i < plan->nkeys; i++)
	{
		plan->state_byval[plan->layout.first_key + i] = plan->keys[i].typbyval;
		plan->state_len[plan->layout.first_key + i] = plan->keys[i].typlen;
	}
	for (int i = 0; i < plan->naccums; i++)
	{
		IvmAccum   *accum = &plan->accums[i];

		for (int c = 0; c < accum->class->nstate; c++)
		{
			Oid			type = accum->class->state[c].type;

			get_typlenbyval(OidIsValid(type) ? type : accum->argtype[0],
							&plan->state_len[plan->state_first[i] + c],
							&plan->state_byval[plan->state_first[i] + c]);
		}
	}
}

static bool
queries_walker(Node *node, List **queries)
{
	if (node == NULL)
		return false;
	if (!IsA(node, Query))
		return expression_tree_walker(node, queries_walker, queries);
	*queries = lappend(*queries, node);
	return query_tree_walker((Query *) node, queries_walker, queries, 0);
}

/*
 * A region of which the rows of two tables have the values themselves, wherever the
 * tables are read, and whose type can be hashed; or NULL.
 */
static const IvmRegion *
common_region(const IvmCore *core, Oid a, Oid b)
{
	ListCell   *lc;

	foreach(lc, core->regions)
	{
		const IvmRegion *region = lfirst(lc);
		bool		common = OidIsValid(lookup_type_cache(getBaseType(region->type),
														  TYPECACHE_HASH_PROC)->hash_proc);

		for (int i = 0; i < core->nsources && common; i++)
			if (core->sources[i].relid == a || core->sources[i].relid == b)
				common = region->paths[i] != NULL && region->paths[i]->nhops == 0;
		if (common)
			return region;
	}
	return NULL;
}

static IvmMeeting *
make_meeting(const IvmCore *core, Oid a, Oid b)
{
	IvmMeeting *meeting = palloc(sizeof(IvmMeeting));

	meeting->a = a;
	meeting->b = b;
	meeting->region = common_region(core, a, b);
	return meeting;
}

/* Note what each commit that changes a table of the view asks for. */
static void
note_tables(IvmPlan *plan)
{
	IvmCore    *core = plan->core;
	ListCell   *lc;

	/*
	 * a linear core is computed without regions; its locks use them
	 * (source_locks.c)
	 */
	if (core->regions == NIL && !core->single)
		core->regions = ivm_affected_region_find_all(core->definition, core->nsources);
	plan->relids = ivm_sources_relids(core->sources, core->nsources);
	plan->all_meet = true;
	foreach(lc, plan->relids)
	{
		ListCell   *lc2;

		for_each_cell(lc2, plan->relids, lc)
		{
			Oid			a = lfirst_oid(lc);
			Oid			b = lfirst_oid(lc2);

			if (ivm_sources_meet(core->definition, core->sources, core->nsources, a, b))
				plan->meeting = lappend(plan->meeting, make_meeting(core, a, b));
			else if (a != b)
				plan->all_meet = false;
		}
	}
	plan->locked = plan->row->mode == IVM_MODE_APPEND ? list_copy(plan->relids) :
		list_union_oid(plan->row->bases, plan->row->partitions);
	list_sort(plan->locked, list_oid_cmp);
	foreach(lc, plan->row->mode == IVM_MODE_IMMEDIATE ? plan->locked : NIL)
		plan->files = lappend_oid(plan->files, ivm_relation_file(lfirst_oid(lc)));
	plan->uses = ivm_rights_tables(core->definition);
	(void) queries_walker((Node *) core->definition, &plan->queries);
}

/* How many parts a view has.  Only subqueries become parts, so most need no look-up. */
static int
count_parts(const IvmViewRow *row, const Query *definition)
{
	bool		any = definition->hasSubLinks || definition->cteList != NIL;
	ListCell   *lc;

	foreach(lc, definition->rtable)
		any = any || lfirst_node(RangeTblEntry, lc)->rtekind == RTE_SUBQUERY;
	return any ? list_length(ivm_catalog_parts(row->id)) : 0;
}

/*
 * The analysis of a view's definition: of a view over a single table only what
 * maintaining and reading it needs, unless the whole is asked for.
 */
static IvmCore *
analyze(const IvmViewRow *row, Relation definition, bool whole)
{
	MemoryContext work;
	MemoryContext cxt;
	const Query *query;
	IvmCore    *core;

	if (definition == NULL)
		return ivm_analyze_missing();
	work = AllocSetContextCreate(CurrentMemoryContext, "ivm analysis", ALLOCSET_SMALL_SIZES);
	cxt = MemoryContextSwitchTo(work);
	query = get_view_query(definition);
	core = ivm_analyze_stored(unconstify(Query *, query), count_parts(row, query),
							  ivm_options_time_bucket(row->options));
	MemoryContextSwitchTo(cxt);
	if (whole || !core->single || core->refusal != NULL)
		return core;
	core = ivm_analyze_keep(core);
	MemoryContextDelete(work);
	return core;
}

/* All that the view is maintained and read by. */
static void
derive(IvmPlan *plan)
{
	IvmCore    *core = plan->core;

	note_tables(plan);
	plan->nkeys = core->nkeys;
	plan->keys = palloc0(sizeof(IvmKey) * Max(core->nkeys, 1));
	init_accums(plan);
	ivm_layout_find(core, &plan->layout, plan->state_first, plan->delta_first);
	for (int i = 0; i < core->nkeys; i++)
		ivm_key_init(&plan->keys[i], &core->keys[i], plan->layout.hashed, plan->cxt);
	init_state_types(plan);
	if (core->single)
		collect_used_attrs(plan);
	if (!core->settings && !core->strings)
		plan->settings = NULL;
	else if (plan->settings == NULL)
		plan->settings = ivm_settings_parse(plan->row->settings, plan->cxt);
}

/* Have the state and the delta table the columns that the plan expects?  Finds their indexes. */
static bool
storage_fits(IvmPlan *plan)
{
	return ivm_plan_columns_match(plan->row->state, plan, false, &plan->state_index) &&
		ivm_plan_columns_match(plan->row->delta, plan, true, &plan->delta_index);
}

/* A function that the view's owner must not call any more, as a reason; or NULL. */
static const char *
check_execute(IvmPlan *plan)
{
	Oid			funcid = ivm_rights_no_execute(plan->core->definition, plan->owner);

	plan->forbidden = OidIsValid(funcid);
	return plan->forbidden ? psprintf("its owner may not execute function %s", format_procedure(funcid)) : NULL;
}

/* Why state and deltas do not give the view, or NULL if they do.  Finds plan->retyped and plan->forbidden, too. */
static const char *
why_unusable(IvmPlan *plan, bool fits)
{
	const char *reason;

	if (!fits)
		return plan->core->refusal->message;
	if (!OidIsValid(plan->state_index) || !OidIsValid(plan->delta_index))
		return "the key index of the state table is missing";
	if (plan->core->refusal != NULL)
		return plan->core->refusal->message;
	if ((reason = ivm_plan_check(plan->row)) != NULL)
		return reason;
	plan->retyped = OidIsValid(ivm_plan_changed_row_type(plan->core, plan->row));
	if ((reason = ivm_plan_check_definition(plan)) != NULL)
		return reason;
	if (!ivm_catalog_bases_known(plan->row))
		return "ivm.view_base does not list its base tables";
	return check_execute(plan);
}

/* Analyze the view's definition, and fill in the plan. */
static void
fill(IvmPlan *plan, bool whole)
{
	const IvmViewRow *row = plan->row;
	Relation	definition;
	IvmCore    *core;
	bool		fits;

	/* with the lock, nothing that the definition reads can be dropped */
	definition = try_table_open(row->definition, AccessShareLock);
	plan->core = core = analyze(row, definition, whole);
	if (core->refusal != NULL && core->finishing == NULL)
	{
		/*
		 * the definition was accepted once, so what it reads has changed
		 * since
		 */
		plan->unusable = pstrdup(core->refusal->message);
		plan->row->partitions = NIL;
	}
	else
	{
		derive(plan);
		fits = storage_fits(plan);
		if (!fits)
		{
			/* the rows that readers' query expects cannot be computed either */
			core->refusal = ivm_refusal_make(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
											 "the state table does not have the expected columns",
											 NULL, NULL, -1);
			core->finishing = NULL;
		}
		plan->unusable = why_unusable(plan, fits);
		plan->breaks = ivm_options_breaks(row->options);
		plan->capturing = fits && ivm_catalog_is_captured(row);
		plan->appends = row->building;
		plan->append = row->mode == IVM_MODE_APPEND;
		plan->deferred = plan->append || row->mode == IVM_MODE_DEFERRED;
		plan->refresh = plan->deferred ? ivm_options_refresh_when(row->options) : IVM_REFRESH_ON_DEMAND;
		plan->reconciles = ivm_options_reconciles(row->options);
		/* to read one that was rolled back afresh would undo that */
		plan->max_staleness = plan->deferred && row->status != IVM_STATUS_ROLLED_BACK ?
			ivm_options_max_staleness(row->options) : NULL;
	}
	if (definition != NULL)
		table_close(definition, AccessShareLock);
}

IvmPlan *
ivm_plan_derive(IvmViewRow *row, bool whole)
{
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext, "ivm plan",
											  ALLOCSET_SMALL_SIZES);
	MemoryContext oldcxt = MemoryContextSwitchTo(cxt);
	IvmPlan    *plan = palloc0(sizeof(IvmPlan));
	HeapTuple	tup;

	plan->cxt = cxt;
	plan->run = palloc0(sizeof(IvmPlanRun));
	plan->run->plan = plan;
	plan->row = ivm_view_row_copy(row);
	plan->name = ivm_catalog_view_name(row);
	if (plan->name == NULL)
		plan->name = "";

	tup = SearchSysCache1(RELOID, ObjectIdGetDatum(row->view));
	if (HeapTupleIsValid(tup))
	{
		IvmOwnerScope scope;

		plan->owner = ((Form_pg_class) GETSTRUCT(tup))->relowner;
		ReleaseSysCache(tup);

		/*
		 * conditions are simplified, which calls functions of the definition,
		 * and these may call what the search_path leads to
		 */
		if (ivm_settings_have_strings(plan->row->settings))
			plan->settings = ivm_settings_parse(plan->row->settings, cxt);
		ivm_owner_scope_enter(&scope, plan, IVM_SCOPE_RESTRICTED | IVM_SCOPE_SETTINGS);
		fill(plan, whole);
		ivm_owner_scope_leave(&scope);
	}
	else
	{
		plan->owner = BOOTSTRAP_SUPERUSERID;
		fill(plan, whole);
	}
	MemoryContextSwitchTo(oldcxt);
	MemoryContextSetParent(cxt, ivm_plan_context);
	return plan;
}
