/*-------------------------------------------------------------------------
 *
 * plan_check.c
 *	  Whether a view's state is still that of its definition, and who may
 *	  compute it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/transam.h"
#include "catalog/indexing.h"
#include "catalog/pg_am.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_class.h"
#include "catalog/pg_index.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_proc.h"
#include "nodes/nodeFuncs.h"
#include "rewrite/rewriteSupport.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

#include "base/compat.h"
#include "base/derived.h"
#include "base/relation.h"
#include "base/sql_text.h"
#include "catalog/catalog_view.h"
#include "definition/core.h"
#include "definition/layout.h"
#include "definition/rights.h"
#include "definition/row_pack.h"
#include "definition/sources.h"
#include "plan/owner_scope.h"
#include "plan/plan.h"
#include "plan/plan_check.h"
#include "plan/plan_triggers.h"

/* ---- tables ---- */

/*
 * Why changes of a table or leaf partition may not be seen, or may be lost in
 * a crash while the state keeps them, or NULL.
 */
static const char *
check_table(IvmViewRow *row, const IvmTriggerVersions *versions, Oid relid, bool partition)
{
	const char *kind = partition ? "partition" : "table";

	if (get_rel_relkind(relid) == RELKIND_FOREIGN_TABLE)
		return psprintf("%s %s is a foreign table", kind, ivm_sql_text_relation_name(relid));
	if (!ivm_plan_triggers_enabled(relid, partition))
		return psprintf("a capture trigger of %s %s is missing or disabled", kind,
						ivm_sql_text_relation_name(relid));
	if (!ivm_plan_triggers_unchanged(versions, relid, partition))
		return psprintf("a capture trigger of %s %s was altered or replaced", kind,
						ivm_sql_text_relation_name(relid));
	if (get_rel_relkind(relid) == RELKIND_RELATION && get_rel_relkind(row->state) != '\0' &&
		get_rel_persistence(relid) != get_rel_persistence(row->state))
		return psprintf("%s %s is %s, and the storage of the view is not", kind,
						ivm_sql_text_relation_name(relid),
						get_rel_persistence(relid) == RELPERSISTENCE_UNLOGGED ?
						"unlogged" : "logged");
	return NULL;
}

/*
 * Why rows that the extension has not written may be in a table of the view's storage, or
 * NULL.  One that is gone is reported by who needs it.
 */
static const char *
check_storage(const IvmTriggerVersions *versions, Oid relid)
{
	if (!ivm_relation_exists(relid))
		return NULL;
	if (!ivm_plan_triggers_guard(relid))
		return psprintf("trigger %s of its storage %s is missing or disabled",
						IVM_TRIGGER_GUARD, ivm_sql_text_relation_name(relid));
	if (!ivm_plan_triggers_unchanged(versions, relid, false))
		return psprintf("trigger %s of its storage %s was altered or replaced",
						IVM_TRIGGER_GUARD, ivm_sql_text_relation_name(relid));
	return NULL;
}

const char *
ivm_plan_check(IvmViewRow *row)
{
	IvmTriggerVersions versions;
	const char *reason;
	ListCell   *lc;
	List	   *leaves = NIL;

	/* nothing that an append view shows is lost while it is not refreshed */
	if (row->status != IVM_STATUS_READY && row->status != IVM_STATUS_ROLLED_BACK &&
		!(row->mode == IVM_MODE_APPEND && row->status == IVM_STATUS_PAUSED))
		return row->reason ? row->reason :
			psprintf("the view is %s", ivm_view_row_status_name(row->status));
	ivm_plan_triggers_read(row, &versions);
	/* what has become of its tables since the rows were stored is no matter */
	foreach(lc, row->status == IVM_STATUS_ROLLED_BACK ? NIL : row->bases)
	{
		Oid			base = lfirst_oid(lc);

		if (get_rel_relkind(base) == RELKIND_RELATION && has_subclass(base) &&
			find_inheritance_children(base, NoLock) != NIL)
			return psprintf("table %s has inheritance children", ivm_sql_text_relation_name(base));
		leaves = list_concat(leaves, ivm_relation_leaf_partitions(base, NoLock));
		if ((reason = check_table(row, &versions, base, false)) != NULL)
			return reason;
	}
	list_sort(leaves, list_oid_cmp);
	if (row->status != IVM_STATUS_ROLLED_BACK && !equal(leaves, row->partitions))
		return "the set of partitions has changed";
	foreach(lc, leaves)
	{
		if ((reason = check_table(row, &versions, lfirst_oid(lc), true)) != NULL)
			return reason;
	}
	if ((reason = check_storage(&versions, row->state)) == NULL)
		reason = check_storage(&versions, row->delta);
	return reason;
}

const char *
ivm_plan_check_captured(const IvmViewRow *row)
{
	IvmViewRow	captured = *row;

	if (row->building)
		captured.status = IVM_STATUS_READY;
	return ivm_plan_check(&captured);
}

/* ---- storage ---- */

/*
 * The catalogues are read here, and neither relation opened.  Their entries in the
 * relation cache cost several times as much, and who derives a plan need not want them: a
 * writer seldom has a use for the delta table, and ivm.views has none for either.
 */

/*
 * Does an index compare a key as the view does?  One that somebody has made of the same columns may have
 * another collation or operator class.  The server has but one "=" for the types that are told apart
 * by their Datums.
 */
static bool
compares_alike(const IvmKey *key, Oid opclass, Oid collation)
{
	if (collation != key->collation)
		return false;
	if (ivm_layout_is_datum(key->type))
		return opclass < FirstNormalObjectId;
	return get_opclass_family(opclass) ==
		lookup_type_cache(getBaseType(key->type), TYPECACHE_BTREE_OPFAMILY)->btree_opf;
}

/* Does an index, by its row of pg_index, whose descriptor is given, compare all keys so? */
static bool
compares_all_alike(HeapTuple tup, TupleDesc desc, const IvmPlan *plan)
{
	bool		isnull;
	oidvector  *opclasses = (oidvector *) DatumGetPointer(heap_getattr(tup, Anum_pg_index_indclass, desc, &isnull));
	oidvector  *collations = (oidvector *) DatumGetPointer(heap_getattr(tup, Anum_pg_index_indcollation, desc, &isnull));

	for (int i = 0; i < plan->nkeys; i++)
		if (!compares_alike(&plan->keys[i], opclasses->values[i], collations->values[i]))
			return false;
	return true;
}

/* Is an index over exactly the key columns of a state table, or of a delta table and its slot? */
static bool
is_key_index(HeapTuple tup, TupleDesc desc, const IvmPlan *plan, bool delta)
{
	Form_pg_index form = (Form_pg_index) GETSTRUCT(tup);
	int			nkeys = plan->layout.hashed ? 1 : plan->nkeys;

	if (!form->indislive || !form->indisvalid || form->indnatts != (delta ? nkeys + 1 : nkeys) ||
		!heap_attisnull(tup, Anum_pg_index_indpred, NULL))
		return false;
	for (int i = 0; i < nkeys; i++)
		if (form->indkey.values[i] != i + 1)
			return false;
	if (delta && form->indkey.values[nkeys] != plan->layout.delta_slot + 1)
		return false;
	return ivm_relation_am(form->indexrelid) == BTREE_AM_OID &&
		(plan->layout.hashed || compares_all_alike(tup, desc, plan));
}

/* The first of such indexes, or InvalidOid. */
static Oid
find_key_index(Oid relid, const IvmPlan *plan, bool delta)
{
	Relation	rel = table_open(IndexRelationId, AccessShareLock);
	Oid			result = InvalidOid;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tup;

	ScanKeyInit(&key, Anum_pg_index_indrelid, BTEqualStrategyNumber,
				F_OIDEQ, ObjectIdGetDatum(relid));
	scan = systable_beginscan(rel, IndexIndrelidIndexId, true, NULL, 1, &key);
	while (HeapTupleIsValid(tup = systable_getnext(scan)))
	{
		Oid			index = ((Form_pg_index) GETSTRUCT(tup))->indexrelid;

		if ((!OidIsValid(result) || index < result) && is_key_index(tup, RelationGetDescr(rel), plan, delta))
			result = index;
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return result;
}

/* The type that a column of the state or delta table is expected to have, counted from 0. */
static Oid
column_type(const IvmPlan *plan, bool delta, int column)
{
	const IvmLayout *layout = &plan->layout;
	int			key = column - layout->first_key;

	if (key < 0)
		return INT8OID;			/* key_hash */
	if (key < plan->nkeys)
		return plan->keys[key].type;
	if (column == (delta ? layout->delta_row_count : layout->state_row_count))
		return INT8OID;
	if (delta && column == layout->delta_slot)
		return INT4OID;
	if (delta && column == layout->delta_dirty)
		return BOOLOID;
	for (int i = 0; i < plan->naccums; i++)
	{
		const IvmAccumClass *class = plan->accums[i].class;
		int			n = column - (delta ? plan->delta_first[i] : plan->state_first[i]);

		if (n >= 0 && n < (delta ? class->ndelta : class->nstate))
		{
			Oid			type = delta ? class->delta[n].type : class->state[n].type;

			return OidIsValid(type) ? type : plan->accums[i].argtype[0];
		}
	}
	return InvalidOid;
}

/*
 * Does a table have these columns, and no more?  It may not: another version of the
 * extension may have cut the definition in another way.
 */
static bool
has_columns(Oid relid, const IvmPlan *plan, bool delta)
{
	Relation	rel = table_open(AttributeRelationId, AccessShareLock);
	int			n = 0;
	bool		fits = true;
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple	tup;

	ScanKeyInit(&keys[0], Anum_pg_attribute_attrelid, BTEqualStrategyNumber,
				F_OIDEQ, ObjectIdGetDatum(relid));
	ScanKeyInit(&keys[1], Anum_pg_attribute_attnum, BTGreaterStrategyNumber,
				F_INT2GT, Int16GetDatum(0));
	scan = systable_beginscan(rel, AttributeRelidNumIndexId, true, NULL, 2, keys);
	while (HeapTupleIsValid(tup = systable_getnext(scan)))
	{
		Form_pg_attribute att = (Form_pg_attribute) GETSTRUCT(tup);

		n++;
		fits = fits && !att->attisdropped && att->atttypid == column_type(plan, delta, att->attnum - 1);
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return fits && n == (delta ? plan->layout.delta_natts : plan->layout.state_natts);
}

bool
ivm_plan_columns_match(Oid relid, const IvmPlan *plan, bool delta, Oid *index)
{
	*index = find_key_index(relid, plan, delta);
	return has_columns(relid, plan, delta);
}

/* ---- views that the definition reads through ---- */

/*
 * The version of a view: the transaction that wrote its rule (xmin in pg_rewrite).
 *
 * Replacing a view changes what the views over it mean, while their state stays, so
 * ivm.view holds the versions of the views read.  A version says nothing in another
 * cluster, where pg_upgrade copies the rows of ivm.view to: therefore the system
 * identifier is beside it, which catalog_view.c compares.  It says nothing about rules
 * that a restore has written: therefore ivm_event_restored() sets it to NULL.  A row
 * without versions is taken to be right, and gets versions when a view that it reads is
 * about to be replaced (ddl_source.c).
 */
static char *
view_version(Oid view)
{
	HeapTuple	tup = SearchSysCache2(RULERELNAME, ObjectIdGetDatum(view),
									  PointerGetDatum(ViewSelectRuleName));
	char	   *result;

	if (!HeapTupleIsValid(tup))
		return pstrdup("none");
	result = psprintf("%u", HeapTupleHeaderGetRawXmin(tup->t_data));
	ReleaseSysCache(tup);
	return result;
}

ArrayType *
ivm_plan_view_versions(const IvmCore *core)
{
	Datum	   *items = palloc(sizeof(Datum) * (list_length(core->views) + 1));
	int			n = 0;
	ListCell   *lc;

	items[n++] = CStringGetTextDatum(ivm_view_row_cluster());
	foreach(lc, core->views)
		items[n++] = CStringGetTextDatum(view_version(lfirst_oid(lc)));
	return construct_array(items, n, TEXTOID, -1, false, TYPALIGN_INT);
}

Oid
ivm_plan_changed_view(const IvmCore *core, const IvmViewRow *row)
{
	Datum	   *items;
	int			n;
	ListCell   *lc;

	if (row->view_versions == NULL || core->views == NIL)
		return InvalidOid;
	deconstruct_array(row->view_versions, TEXTOID, -1, false, TYPALIGN_INT, &items, NULL, &n);
	foreach(lc, core->views)
	{
		int			i = foreach_current_index(lc) + 1;

		if (i >= n || strcmp(TextDatumGetCString(items[i]), view_version(lfirst_oid(lc))) != 0)
			return lfirst_oid(lc);
	}
	return n > list_length(core->views) + 1 ? llast_oid(core->views) : InvalidOid;
}

/* ---- rows that the definition has as a whole ---- */

/* Append the numbers of a row type's columns, and their names and types; those of types within a column in brackets. */
static void
append_row_type(Oid typid, StringInfo numbers, StringInfo columns)
{
	TupleDesc	desc = lookup_rowtype_tupdesc_copy(typid, -1);
	bool		first = true;

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);
		Oid			within;

		if (att->attisdropped)
			continue;
		appendStringInfo(numbers, "%s%d", first ? "" : " ", i + 1);
		appendStringInfo(columns, "%s%s %s", first ? "" : ", ",
						 quote_identifier(NameStr(att->attname)),
						 format_type_extended(att->atttypid, att->atttypmod,
											  FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY));
		if (OidIsValid(att->attcollation))
			appendStringInfo(columns, " COLLATE %s",
							 quote_identifier(get_collation_name(att->attcollation)));
		within = ivm_row_pack_composite_within(att->atttypid);
		if (OidIsValid(within) && get_typtype(within) == TYPTYPE_COMPOSITE)
		{
			appendStringInfoString(numbers, " (");
			appendStringInfoString(columns, " (");
			append_row_type(within, numbers, columns);
			appendStringInfoChar(numbers, ')');
			appendStringInfoChar(columns, ')');
		}
		first = false;
	}
	FreeTupleDesc(desc);
}

/*
 * What a row type consists of, such as "1 2:id integer, name text": the numbers of its
 * columns, a colon, and their names and types.
 *
 * to_jsonb(o) has the columns that table o has: a column added, dropped, renamed
 * or given another type changes what the definition means, and no row of the table
 * says so.  So ivm.view holds this text of each row type.  The numbers tell a column
 * from one of the same name that was dropped; a restore changes them, so they are left
 * out then.
 */
static char *
describe_row_type(Oid typid)
{
	StringInfoData numbers;
	StringInfoData columns;

	initStringInfo(&numbers);
	initStringInfo(&columns);
	append_row_type(typid, &numbers, &columns);
	return psprintf("%s:%s", numbers.data, columns.data);
}

ArrayType *
ivm_plan_row_types(const IvmCore *core)
{
	Datum	   *items = palloc(sizeof(Datum) * Max(list_length(core->row_types), 1));
	ListCell   *lc;

	foreach(lc, core->row_types)
		items[foreach_current_index(lc)] = CStringGetTextDatum(describe_row_type(lfirst_oid(lc)));
	return construct_array(items, list_length(core->row_types), TEXTOID, -1, false, TYPALIGN_INT);
}

Oid
ivm_plan_changed_row_type(const IvmCore *core, const IvmViewRow *row)
{
	Datum	   *items;
	int			n;
	ListCell   *lc;

	deconstruct_array(row->row_types, TEXTOID, -1, false, TYPALIGN_INT, &items, NULL, &n);
	foreach(lc, core->row_types)
	{
		int			i = foreach_current_index(lc);
		const char *known = i < n ? TextDatumGetCString(items[i]) : "";
		const char *now = describe_row_type(lfirst_oid(lc));

		if (strcmp(known, known[0] == ':' ? strchr(now, ':') : now) != 0)
			return lfirst_oid(lc);
	}
	return InvalidOid;
}

/*
 * Does the state hold packed rows (row_pack.h) that a dump has brought from another
 * database?  They cannot be unpacked here.  Documents made of rows, such as to_jsonb(o),
 * can still be read.
 */
static bool
has_foreign_rows(const IvmCore *core, const IvmViewRow *row)
{
	Datum	   *items;
	int			n;

	deconstruct_array(row->row_types, TEXTOID, -1, false, TYPALIGN_INT, &items, NULL, &n);
	if (n == 0 || TextDatumGetCString(items[0])[0] != ':')
		return false;
	for (int i = 0; i < core->nkeys; i++)
		if (core->keys[i].expr != core->keys[i].shown)
			return true;
	return false;
}

/* Does the definition read the tables that the catalogue names? */
static bool
same_bases(const IvmCore *core, const IvmViewRow *row)
{
	return row->mode == IVM_MODE_APPEND || equal(row->bases, ivm_sources_relids(core->sources, core->nsources));
}

const char *
ivm_plan_check_definition(IvmPlan *plan)
{
	Oid			view = ivm_plan_changed_view(plan->core, plan->row);
	Oid			type;

	if (OidIsValid(view))
		return psprintf("view %s, which it reads, was replaced", ivm_sql_text_relation_name(view));
	if (!same_bases(plan->core, plan->row))
		return "the definition reads other tables than before";
	type = ivm_plan_changed_row_type(plan->core, plan->row);
	if (OidIsValid(type))
		return psprintf("the columns of %s, whose rows it has as a whole, were changed",
						ivm_sql_text_relation_name(get_typ_typrelid(type)));
	if (has_foreign_rows(plan->core, plan->row))
		return "it stores rows as a whole, and was restored from a dump";
	return ivm_plan_check_row_security(plan);
}

/* ---- rights ---- */

const char *
ivm_plan_check_row_security(IvmPlan *plan)
{
	const IvmTableUse *use = ivm_rights_row_security(plan->uses, plan->owner);

	return use == NULL ? NULL :
		psprintf("row security is in force on table %s", ivm_sql_text_relation_name(use->relid));
}

static bool
permission_walker(Node *node, void *cxt)
{
	if (node == NULL)
		return false;
	if (IsA(node, Query))
	{
		ivm_compat_check_permissions((Query *) node);
		return query_tree_walker((Query *) node, permission_walker, cxt, 0);
	}
	return expression_tree_walker(node, permission_walker, cxt);
}

void
ivm_plan_check_permissions(Query *query)
{
	(void) permission_walker((Node *) query, NULL);
}

/* Runs at each commit, so the common case is one look into a cache. */
bool
ivm_plan_owner_may_read(IvmPlan *plan)
{
	IvmOwnerScope scope;
	bool		result = true;
	ListCell   *lc;

	if (plan->core->single &&
		pg_class_aclcheck(plan->core->base, plan->owner, ACL_SELECT) == ACLCHECK_OK)
		return true;
	/* as the owner, who reads what is below a view with security_invoker */
	ivm_owner_scope_enter(&scope, plan, 0);
	foreach(lc, plan->queries)
		result = result && ivm_compat_permissions_ok(lfirst(lc));
	ivm_owner_scope_leave(&scope);
	return result;
}

const char *
ivm_plan_check_reader(IvmPlan *plan)
{
	uint64		position = ivm_derived_position() + 1;
	const char *reason;

	if (plan->run->readable_at == position)
		return NULL;
	reason = ivm_plan_check_row_security(plan);
	if (reason == NULL && !ivm_plan_owner_may_read(plan))
		reason = "its owner may not read all that it reads";
	/* what was received meanwhile has not been looked at */
	plan->run->readable_at = reason == NULL ? position : 0;
	return reason;
}

void
ivm_plan_check_owner_may_read(IvmPlan *plan)
{
	IvmOwnerScope scope;

	ivm_owner_scope_enter(&scope, plan, 0);
	ivm_plan_check_permissions(plan->core->definition);
	ivm_owner_scope_leave(&scope);
}

/* ---- parallel plans ---- */

char
ivm_plan_check_parallel_hazard(const IvmPlan *plan)
{
	char		result = PROPARALLEL_SAFE;
	ListCell   *lc;

	foreach(lc, plan->core->functions)
	{
		char		hazard;

		/* another function calls it, by its text alone */
		if (!SearchSysCacheExists1(PROCOID, ObjectIdGetDatum(lfirst_oid(lc))))
			continue;
		hazard = func_parallel(lfirst_oid(lc));
		if (hazard == PROPARALLEL_UNSAFE)
			return hazard;
		if (hazard == PROPARALLEL_RESTRICTED)
			result = hazard;
	}
	return result;
}
