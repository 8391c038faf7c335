/*-------------------------------------------------------------------------
 *
 * plan.c
 *	  Derives plans from definitions and keeps them per backend.
 *
 * Nothing but the definition view says what a view's state looks like: its
 * query is analyzed again in each backend, and the layout follows from the
 * analysis.  Deriving also checks what the exactness of the state rests on
 * (plan_check.c).  If that is not so, the plan is unusable: reads run the
 * definition, which is slower and never wrong.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/sysattr.h"
#include "access/table.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/fmgroids.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

#include "base/compat.h"
#include "base/derived.h"
#include "base/error_context.h"
#include "base/options.h"
#include "base/value_image.h"
#include "definition/rights.h"
#include "plan/owner_scope.h"
#include "plan/plan_check.h"
#include "plan/table_plan.h"

typedef struct PlanEntry
{
	int32		view_id;		/* hash key */
	IvmPlan    *plan;			/* NULL only while it is put in */
} PlanEntry;

/* By the view's state table: where a read begins. */
typedef struct StateEntry
{
	Oid			state;			/* hash key */
	int32		view_id;
} StateEntry;

static HTAB *plan_table = NULL;
static HTAB *state_table = NULL;
static List *old_contexts = NIL;	/* of replaced plans, in ivm_plan_context */

MemoryContext ivm_plan_context = NULL;

/* ---- cache ---- */

/* A plan that is invalid at the end of a transaction goes. */
static void
release_plan(IvmDerived *derived)
{
	IvmPlan    *plan = ((IvmPlanRun *) ((char *) derived - offsetof(IvmPlanRun, derived)))->plan;
	PlanEntry  *entry = hash_search(plan_table, &plan->row->id, HASH_FIND, NULL);

	if (entry != NULL && entry->plan == plan)
	{
		(void) hash_search(state_table, &plan->row->state, HASH_REMOVE, NULL);
		(void) hash_search(plan_table, &plan->row->id, HASH_REMOVE, NULL);
	}
	MemoryContextDelete(plan->cxt);
}

/* Let another plan of the view take the place of one that somebody may hold. */
static void
retire_plan(IvmPlan *plan)
{
	ivm_derived_forget(&plan->run->derived);
	ivm_plan_retire(plan->cxt);
}

/*
 * Partitioned tables below a base table: attaching a partition to one of them
 * sends no message for the base table.
 */
static List *
partitioned_below(Oid relid)
{
	List	   *result = NIL;
	ListCell   *lc;

	if (get_rel_relkind(relid) != RELKIND_PARTITIONED_TABLE)
		return NIL;
	foreach(lc, find_inheritance_children(relid, NoLock))
		if (get_rel_relkind(lfirst_oid(lc)) == RELKIND_PARTITIONED_TABLE)
			result = list_concat(lappend_oid(result, lfirst_oid(lc)),
								 partitioned_below(lfirst_oid(lc)));
	return result;
}

/* Note what a plan depends on, which was derived from a position on. */
static void
note_dependencies(IvmPlan *plan, uint64 position)
{
	IvmDerived *derived = &plan->run->derived;
	const IvmViewRow *row = plan->row;
	ListCell   *lc;

	ivm_derived_register(derived, plan->cxt, release_plan);
	ivm_derived_on_relation(derived, row->view);
	ivm_derived_on_relation(derived, row->definition);
	ivm_derived_on_relation(derived, row->state);
	ivm_derived_on_relation(derived, row->delta);
	ivm_derived_on_relations(derived, row->bases);
	ivm_derived_on_relations(derived, row->partitions);
	ivm_derived_on_relations(derived, plan->core->views);
	foreach(lc, row->bases)
		ivm_derived_on_relations(derived, partitioned_below(lfirst_oid(lc)));
	ivm_derived_on_functions(derived, plan->core->functions);
	for (int i = 0; i < plan->nkeys; i++)
		ivm_derived_on_functions(derived, list_make2_oid(plan->keys[i].eq.fn_oid,
														 plan->keys[i].hash.fn_oid));
	/* whom row security concerns, and who may call functions */
	ivm_derived_on_role(derived, plan->owner);
	foreach(lc, plan->uses)
		if (OidIsValid(((IvmTableUse *) lfirst(lc))->reader) &&
			((IvmTableUse *) lfirst(lc))->reader != plan->owner)
			ivm_derived_on_role(derived, ((IvmTableUse *) lfirst(lc))->reader);
	ivm_derived_complete(derived, position);
}

/* Called once, when the library is loaded. */
void
ivm_plan_init(void)
{
	HASHCTL		ctl;

	ivm_plan_context = AllocSetContextCreate(TopMemoryContext, "ivm plans",
										 ALLOCSET_SMALL_SIZES);
	ctl.keysize = sizeof(int32);
	ctl.entrysize = sizeof(PlanEntry);
	ctl.hcxt = ivm_plan_context;
	plan_table = hash_create("ivm plans", 32, &ctl,
							 HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	ctl.keysize = sizeof(Oid);
	ctl.entrysize = sizeof(StateEntry);
	state_table = hash_create("ivm state tables", 32, &ctl,
							  HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	ivm_derived_init();
	ivm_plan_base_init();
}

/* Free replaced and invalid plans; at the end of a transaction, when nobody holds one. */
void
ivm_plan_release_old(void)
{
	ListCell   *lc;

	ivm_derived_release_invalid();
	if (old_contexts == NIL)
		return;
	foreach(lc, old_contexts)
		MemoryContextDelete(lfirst(lc));
	list_free(old_contexts);
	old_contexts = NIL;
}

/* Free a context that somebody may still hold things of when nobody can any more. */
void
ivm_plan_retire(MemoryContext cxt)
{
	MemoryContext oldcxt = MemoryContextSwitchTo(ivm_plan_context);

	old_contexts = lappend(old_contexts, cxt);
	MemoryContextSwitchTo(oldcxt);
}

/* The plan of a view, or NULL if there is no such view. */
IvmPlan *
ivm_plan_get(int32 view_id)
{
	PlanEntry  *entry = hash_search(plan_table, &view_id, HASH_FIND, NULL);
	StateEntry *state;
	uint64		position;
	bool		found;
	IvmViewRow *row;
	IvmPlan    *plan;
	char	   *name;
	ErrorContextCallback callback;

	if (entry != NULL && !entry->plan->run->derived.invalid)
		return entry->plan;
	position = ivm_derived_position();
	row = ivm_catalog_get(view_id);
	if (row == NULL)
		return NULL;
	/* it locks what the definition reads, and so may wait */
	name = ivm_catalog_view_name(row);
	ivm_error_enter_view(&callback, name ? name : "");
	plan = ivm_plan_build(row, false);
	ivm_error_leave_view(&callback);
	/* the entry may have come meanwhile */
	entry = hash_search(plan_table, &view_id, HASH_ENTER, &found);
	if (found)
		retire_plan(entry->plan);
	entry->plan = plan;
	state = hash_search(state_table, &plan->row->state, HASH_ENTER, &found);
	state->view_id = view_id;
	note_dependencies(plan, position);
	return plan;
}

/*
 * The plan that this backend derived last, whether or not it still holds, or
 * NULL.  Looks nothing up.
 */
IvmPlan *
ivm_plan_last(int32 view_id)
{
	PlanEntry  *entry = hash_search(plan_table, &view_id, HASH_FIND, NULL);

	return entry ? entry->plan : NULL;
}

/* The plan of a view; an error if it was dropped since its row was read. */
IvmPlan *
ivm_plan_require(const IvmViewRow *row)
{
	IvmPlan    *plan = ivm_plan_get(row->id);

	if (plan == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 ivm_catalog_view_name(row) ?
				 errmsg("view \"%s\" was dropped", ivm_catalog_view_name(row)) :
				 errmsg("view with OID %u was dropped", row->view)));
	return plan;
}

/*
 * A plan of a view with all of its analysis, for explaining and indexing it.
 * Not kept: it lives to the end of the transaction.
 */
const IvmPlan *
ivm_plan_whole(IvmViewRow *row)
{
	IvmPlan    *plan = ivm_plan_build(row, true);

	ivm_plan_retire(plan->cxt);
	return plan;
}

/* The plan of the view that has this state table, or NULL. */
IvmPlan *
ivm_plan_find_state(Oid state)
{
	StateEntry *known = hash_search(state_table, &state, HASH_FIND, NULL);
	IvmPlan    *plan = known ? ivm_plan_last(known->view_id) : NULL;
	IvmViewRow *row;

	if (plan != NULL && !plan->run->derived.invalid)
		return plan;
	row = ivm_catalog_find_state(state);
	return row ? ivm_plan_get(row->id) : NULL;
}

/* ---- keys ---- */

/* Is "=" of this type the comparison of the Datums? */
static bool
equality_is_datum(Oid eqproc)
{
	switch (eqproc)
	{
		case F_INT2EQ:
		case F_INT4EQ:
		case F_INT8EQ:
		case F_OIDEQ:
		case F_BOOLEQ:
		case F_CHAREQ:
		case F_DATE_EQ:
		case F_TIME_EQ:
		case F_TIMESTAMP_EQ:
		case F_TIMESTAMPTZ_EQ:
		case F_ENUM_EQ:
		case F_CASH_EQ:
			return true;
		default:
			return false;
	}
}

/*
 * Is this a type of the server for which that is so?  Of the types of most keys
 * nothing need be looked up, which a new session would pay for.
 */
static bool
type_is_datum(Oid type)
{
	switch (type)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case OIDOID:
		case BOOLOID:
		case CHAROID:
		case DATEOID:
		case TIMEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return true;
		default:
			return false;
	}
}

static void
init_key(IvmKey *key, const IvmKeyDef *def, bool hashed, MemoryContext cxt)
{
	TypeCacheEntry *type;

	key->type = def->type;
	key->collation = def->collation;
	key->image = def->image;
	get_typlenbyval(def->type, &key->typlen, &key->typbyval);
	key->bytes = key->image && ivm_image_is_bytes(def->type);
	key->by_datum = !key->image && key->typbyval && type_is_datum(def->type);
	if (key->image || key->by_datum)
		return;
	key->names = hashed && ivm_image_has_names(def->type);
	type = lookup_type_cache(getBaseType(def->type), TYPECACHE_EQ_OPR_FINFO |
							 TYPECACHE_HASH_EXTENDED_PROC_FINFO);
	key->by_datum = key->typbyval && equality_is_datum(type->eq_opr_finfo.fn_oid);
	if (key->by_datum)
		return;
	fmgr_info_copy(&key->eq, &type->eq_opr_finfo, cxt);
	if (OidIsValid(type->hash_extended_proc_finfo.fn_oid))
		fmgr_info_copy(&key->hash, &type->hash_extended_proc_finfo, cxt);
}

/* Finalizer of MurmurHash3 (Appleby, public domain). */
static inline uint64
hash_datum(uint64 h)
{
	h ^= h >> 33;
	h *= UINT64CONST(0xff51afd7ed558ccd);
	h ^= h >> 33;
	h *= UINT64CONST(0xc4ceb9fe1a85ec53);
	h ^= h >> 33;
	return h;
}

/*
 * Hash of a key.  Stored in key_hash columns, so it must never change; the
 * types' own extended hash functions are stable for the same reason (hash
 * partitions rest on them).
 */
uint64
ivm_key_hash(const IvmPlan *plan, const Datum *keys, const bool *nulls)
{
	uint64		result = 0;

	for (int i = 0; i < plan->nkeys; i++)
	{
		const IvmKey *key = &plan->keys[i];
		uint64		h;

		if (nulls[i])
			h = 0;
		else if (key->names)
			h = ivm_image_hash_equal(key->type, key->collation, keys[i]);
		else if (key->bytes)
			h = ivm_image_hash_bytes(key->typlen, key->typbyval, keys[i]);
		else if (key->image)
			h = ivm_image_hash(key->type, key->typlen, key->typbyval, keys[i]);
		else if (key->by_datum)
			h = hash_datum((uint64) keys[i]);
		else if (OidIsValid(key->hash.fn_oid))
			h = DatumGetUInt64(FunctionCall2Coll((FmgrInfo *) &key->hash,
												 key->collation, keys[i],
												 Int64GetDatum(0)));
		else
			h = 1;
		result = hash_combine64(result, h);
	}
	return result;
}

/*
 * The number of keys that have a row even over no rows: that of aggregates
 * without GROUP BY, and of each empty grouping set.
 */
int
ivm_plan_permanent_keys(const IvmPlan *plan)
{
	if (plan->core->kind == IVM_CORE_GLOBAL)
		return 1;
	return plan->core->sets ? plan->core->sets->nempty : 0;
}

/* Is this one of them? */
bool
ivm_key_is_permanent(const IvmPlan *plan, const Datum *keys, const bool *nulls)
{
	const IvmGroupingSets *sets = plan->core->sets;

	if (plan->core->kind == IVM_CORE_GLOBAL)
		return true;
	if (sets == NULL || nulls[sets->key])
		return false;
	for (int i = 0; i < sets->nempty; i++)
		if (DatumGetInt64(keys[sets->key]) == sets->empty[i])
			return true;
	return false;
}

/* Are two keys the same group or row?  NULLs are equal. */
bool
ivm_key_equal(const IvmPlan *plan, const Datum *a, const bool *anulls,
			  const Datum *b, const bool *bnulls)
{
	for (int i = 0; i < plan->nkeys; i++)
	{
		const IvmKey *key = &plan->keys[i];

		if (anulls[i] != bnulls[i])
			return false;
		if (anulls[i])
			continue;
		if (key->by_datum)
		{
			if (a[i] != b[i])
				return false;
		}
		else if (key->image)
		{
			if (key->bytes ? !datum_image_eq(a[i], b[i], key->typbyval, key->typlen) :
				!ivm_image_equal(key->type, key->typlen, key->typbyval, a[i], b[i]))
				return false;
		}
		else if (!DatumGetBool(FunctionCall2Coll((FmgrInfo *) &key->eq,
												 key->collation, a[i], b[i])))
			return false;
	}
	return true;
}

/* ---- layout ---- */

/* Bytes that an index tuple may take, with some room for its header. */
#define MAX_INDEXED_BYTES	2600

/*
 * Bytes that a key can take in a btree index; too many where there is no
 * limit, or no btree index for the type.  A write to the base table must not
 * fail because a value is too long for an index of the view.
 */
static int
index_bytes(const IvmKeyDef *key)
{
	int32		typmod = key->typmod;
	Oid			type = getBaseTypeAndTypmod(key->type, &typmod);
	TypeCacheEntry *entry;
	char		category;
	bool		preferred;
	int			max;

	if (!key->image && type_is_datum(type))
		return sizeof(Datum);
	entry = lookup_type_cache(type, TYPECACHE_BTREE_OPFAMILY | TYPECACHE_HASH_EXTENDED_PROC);
	if (key->image || !OidIsValid(entry->btree_opf))
		return MAX_INDEXED_BYTES + 1;
	if (!OidIsValid(entry->hash_extended_proc))
		return 0;				/* nothing else to index it by */
	if (entry->typlen > 0)
		return entry->typlen;
	get_type_category_preferred(type, &category, &preferred);
	if (category == TYPCATEGORY_NETWORK)
		return 32;
	max = type_maximum_size(type, typmod);
	return max > 0 ? max : MAX_INDEXED_BYTES + 1;
}

/*
 * Positions of the columns of state and delta table.  Follows from the core
 * alone; state_first and delta_first have an element per accumulator.
 */
void
ivm_plan_layout(const IvmCore *core, IvmLayout *layout,
				int *state_first, int *delta_first)
{
	int			n;
	int			bytes = 0;

	for (int i = 0; i < core->nkeys; i++)
		bytes = Min(bytes + index_bytes(&core->keys[i]), MAX_INDEXED_BYTES + 1);
	layout->hashed = core->nkeys == 0 || core->kind == IVM_CORE_BAG || core->nkeys >= INDEX_MAX_KEYS ||
		bytes > MAX_INDEXED_BYTES;
	layout->first_key = layout->hashed ? 1 : 0;

	n = layout->first_key + core->nkeys;
	layout->state_row_count = n++;
	for (int i = 0; i < core->naccums; i++)
	{
		state_first[i] = n;
		n += core->accums[i].accum.class->nstate;
	}
	layout->state_natts = n;

	n = layout->first_key + core->nkeys;
	layout->delta_slot = n++;
	layout->delta_dirty = n++;
	layout->delta_row_count = n++;
	for (int i = 0; i < core->naccums; i++)
	{
		delta_first[i] = n;
		n += core->accums[i].accum.class->ndelta;
	}
	layout->delta_natts = n;
}

/* ---- deriving ---- */

/* The query of a view or definition view, as its rule has it (a copy). */
Query *
ivm_definition_query(Oid view)
{
	Relation	rel = try_table_open(view, AccessShareLock);
	Query	   *query;

	if (rel == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("view with OID %u was dropped", view)));
	query = copyObject(get_view_query(rel));
	table_close(rel, AccessShareLock);
	return query;
}

/* OIDs of the leaf partitions, sorted; NIL for a plain table. */
List *
ivm_leaf_partitions(Oid relid, LOCKMODE lockmode)
{
	List	   *result = NIL;
	ListCell   *lc;

	if (get_rel_relkind(relid) != RELKIND_PARTITIONED_TABLE)
		return NIL;
	foreach(lc, find_all_inheritors(relid, lockmode, NULL))
	{
		if (get_rel_relkind(lfirst_oid(lc)) != RELKIND_PARTITIONED_TABLE)
			result = lappend_oid(result, lfirst_oid(lc));
	}
	list_sort(result, list_oid_cmp);
	return result;
}

/* What a whole row consists of. */
static Bitmapset *
add_all_attrs(Bitmapset *attrs, TupleDesc desc)
{
	for (int i = 0; i < desc->natts; i++)
		if (!TupleDescAttr(desc, i)->attisdropped)
			attrs = bms_add_member(attrs, i + 1);
	return attrs;
}

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
		else
			plan->used_attrs = bms_add_member(plan->used_attrs, attno);
	}
	table_close(rel, AccessShareLock);
	MemoryContextDelete(work);
}

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
	}
	plan->pending_size = offset;
}

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
 * A region whose values, which can be hashed, the rows of both tables have
 * themselves, wherever they are read; or NULL.
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

	/* of a linear core, which is computed without */
	if (core->regions == NIL && !core->single)
		core->regions = ivm_region_find_all(core->definition, core->nsources);
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
	plan->locked = list_union_oid(plan->row->bases, plan->row->partitions);
	list_sort(plan->locked, list_oid_cmp);
	plan->uses = ivm_rights_tables(core->definition);
	(void) queries_walker((Node *) core->definition, &plan->queries);
}

/* How many parts a view has; only subqueries of its definition are parts. */
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
	core = ivm_analyze_stored(unconstify(Query *, query), count_parts(row, query));
	MemoryContextSwitchTo(cxt);
	if (whole || !core->single || core->refusal != NULL)
		return core;
	core = ivm_analyze_keep(core);
	MemoryContextDelete(work);
	return core;
}

/*
 * Derive a plan in a new context below the cache's.  The caller owns it.  whole:
 * with all of the analysis, the finishing as well.
 */
IvmPlan *
ivm_plan_build(IvmViewRow *row, bool whole)
{
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext, "ivm plan",
											  ALLOCSET_SMALL_SIZES);
	MemoryContext oldcxt = MemoryContextSwitchTo(cxt);
	IvmPlan    *plan = palloc0(sizeof(IvmPlan));
	IvmCore    *core;
	Relation	definition;
	HeapTuple	tup;

	plan->cxt = cxt;
	plan->run = palloc0(sizeof(IvmPlanRun));
	plan->run->plan = plan;
	plan->row = palloc(sizeof(IvmViewRow));
	*plan->row = *row;
	plan->row->bases = list_copy(row->bases);
	plan->row->xmin = row->xmin;
	plan->row->partitions = list_copy(row->partitions);
	plan->row->mode = pstrdup(row->mode);
	plan->row->reason = row->reason ? pstrdup(row->reason) : NULL;
	plan->row->settings = (ArrayType *) DatumGetPointer(datumCopy(PointerGetDatum(row->settings), false, -1));
	if (row->view_versions)
		plan->row->view_versions = (ArrayType *) DatumGetPointer(datumCopy(PointerGetDatum(row->view_versions), false, -1));
	if (row->trigger_versions)
		plan->row->trigger_versions = (ArrayType *) DatumGetPointer(datumCopy(PointerGetDatum(row->trigger_versions), false, -1));
	plan->row->row_types = (ArrayType *) DatumGetPointer(datumCopy(PointerGetDatum(row->row_types), false, -1));
	plan->row->options = (Jsonb *) DatumGetPointer(datumCopy(PointerGetDatum(row->options), false, -1));

	tup = SearchSysCache1(RELOID, ObjectIdGetDatum(row->view));
	plan->owner = HeapTupleIsValid(tup) ? ((Form_pg_class) GETSTRUCT(tup))->relowner : BOOTSTRAP_SUPERUSERID;
	if (HeapTupleIsValid(tup))
		ReleaseSysCache(tup);
	plan->name = ivm_catalog_view_name(row);
	if (plan->name == NULL)
		plan->name = "";

	/* with the lock, nothing that the definition reads can be dropped */
	definition = try_table_open(row->definition, AccessShareLock);
	plan->core = core = analyze(row, definition, whole);
	if (core->refusal != NULL && core->finishing == NULL)
	{
		/* it was accepted once: the base table has changed since */
		plan->unusable = pstrdup(core->refusal->message);
		plan->row->partitions = NIL;
		goto done;
	}

	note_tables(plan);
	plan->nkeys = core->nkeys;
	plan->keys = palloc0(sizeof(IvmKey) * Max(core->nkeys, 1));
	init_accums(plan);
	ivm_plan_layout(core, &plan->layout, plan->state_first, plan->delta_first);
	for (int i = 0; i < core->nkeys; i++)
		init_key(&plan->keys[i], &core->keys[i], plan->layout.hashed, cxt);
	init_state_types(plan);
	if (core->single)
		collect_used_attrs(plan);
	if (core->settings || core->strings)
		plan->settings = ivm_settings_parse(plan->row->settings, cxt);

	plan->unusable = core->refusal ? core->refusal->message : ivm_plan_check(plan->row);
	if (plan->unusable == NULL)
	{
		plan->unusable = ivm_plan_check_definition(plan);
		plan->retyped = OidIsValid(ivm_plan_changed_row_type(core, row));
	}
	if (plan->unusable == NULL && !ivm_catalog_bases_known(row))
		plan->unusable = "ivm.view_base does not list its base tables";
	plan->breaks = ivm_options_breaks(row->options);
	plan->capturing = row->status == IVM_STATUS_READY;
	if (!ivm_plan_columns_match(row->state, plan, false, &plan->state_index) ||
		!ivm_plan_columns_match(row->delta, plan, true, &plan->delta_index))
	{
		plan->unusable = "the state table does not have the expected columns";
		plan->capturing = false;
	}
	else if (!OidIsValid(plan->state_index) || !OidIsValid(plan->delta_index))
		plan->unusable = "the key index of the state table is missing";
done:
	if (definition != NULL)
		table_close(definition, AccessShareLock);
	MemoryContextSwitchTo(oldcxt);
	MemoryContextSetParent(cxt, ivm_plan_context);
	return plan;
}

/*
 * Can keys of the view have to be recomputed?  Then all deltas of a key must be
 * folded, or none, and a row that comes and goes at once should not be added.
 */
bool
ivm_plan_recomputes(const IvmPlan *plan)
{
	if (plan->core->slices)
		return true;
	for (int i = 0; i < plan->naccums; i++)
		if (plan->accums[i].class == &ivm_accum_extreme)
			return true;
	return false;
}
