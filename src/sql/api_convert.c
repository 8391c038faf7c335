/*-------------------------------------------------------------------------
 *
 * api_convert.c
 *	  Making a view of a materialized view.
 *
 * The materialized view keeps its OID: it becomes a plain view over new storage
 * (base/relation_kind.c).  So whatever refers to it, whatever it is, stays.  Its query is
 * taken from its rule, not from text, so names mean what they meant.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/relation.h"
#include "access/table.h"
#include "catalog/dependency.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_class.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_statistic_ext.h"
#include "nodes/makefuncs.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "base/relation.h"
#include "base/relation_kind.h"
#include "base/sql_text.h"
#include "ddl/drop.h"
#include "plan/owner_scope.h"
#include "sql/api.h"
#include "sql/api_create.h"
#include "sql/kept.h"

IVM_FUNCTION(ivm_convert);

/* Raise an error unless it is a materialized view that the current user owns. */
static void
check_matview(Oid relid)
{
	const char *name = get_rel_name(relid);

	if (name == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", relid)));
	if (get_rel_relkind(relid) != RELKIND_MATVIEW)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a materialized view", name),
				 ivm_catalog_find_view(relid) != NULL ?
				 errdetail("It is a view of this extension already.") : 0,
				 ivm_catalog_find_view(relid) != NULL ?
				 errhint("ivm.alter_view() changes its mode and its options.") :
				 errhint("Make a view with ivm.create_view().")));
	if (!ivm_compat_is_owner(relid, GetUserId()))
		aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_MATVIEW, name);
}

/*
 * Raise an error if something depends on what a view does not have: on a system column, or
 * as statistics of several columns.
 */
static void
check_dependents(Oid relid)
{
	Relation	rel = table_open(DependRelationId, AccessShareLock);
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple	tup;
	ObjectAddresses *seen = new_object_addresses();
	StringInfoData names;

	initStringInfo(&names);
	ScanKeyInit(&keys[0], Anum_pg_depend_refclassid, BTEqualStrategyNumber,
				F_OIDEQ, ObjectIdGetDatum(RelationRelationId));
	ScanKeyInit(&keys[1], Anum_pg_depend_refobjid, BTEqualStrategyNumber,
				F_OIDEQ, ObjectIdGetDatum(relid));
	scan = systable_beginscan(rel, DependReferenceIndexId, true, NULL, 2, keys);
	while (HeapTupleIsValid(tup = systable_getnext(scan)))
	{
		Form_pg_depend depend = (Form_pg_depend) GETSTRUCT(tup);
		ObjectAddress address;

		if (depend->classid != StatisticExtRelationId && depend->refobjsubid >= 0)
			continue;
		ObjectAddressSet(address, depend->classid, depend->objid);
		if (object_address_present(&address, seen))
			continue;
		add_exact_object_address(&address, seen);
		appendStringInfo(&names, "%s%s", names.len > 0 ? "\n" : "", getObjectDescription(&address, false));
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	if (names.len > 0)
		ereport(ERROR,
				(errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
				 errmsg("cannot convert materialized view \"%s\" because other objects depend on what views do not have",
						get_rel_name(relid)),
				 errdetail("These are, or use a system column:\n%s", names.data),
				 errhint("Drop these objects first.")));
}

/* The options given, with the fillfactor that the materialized view has if none is. */
static Jsonb *
options_of_matview(Oid relid, Jsonb *options)
{
	char	   *fillfactor = ivm_kept_parameter(relid, "fillfactor");
	char	   *text;

	if (fillfactor == NULL || !JB_ROOT_IS_OBJECT(options))
		return options;
	text = psprintf("{\"fillfactor\": %d}", pg_strtoint32(fillfactor));

	return DatumGetJsonbP(DirectFunctionCall2(jsonb_concat,
											  DirectFunctionCall1(jsonb_in, CStringGetDatum(text)),
											  JsonbPGetDatum(options)));
}

Datum
ivm_convert(PG_FUNCTION_ARGS)
{
	Oid			relid;
	IvmNewDefinition new = {.with_data = true};
	IvmOptions	options;
	Relation	rel;
	IvmOwnerScope scope;
	Oid			result;

	ivm_api_require_not_null(fcinfo, 0, "matview");
	ivm_api_require_not_null(fcinfo, 1, "mode");
	ivm_api_require_not_null(fcinfo, 2, "options");
	ivm_api_require_writable("ivm.convert()");
	relid = PG_GETARG_OID(0);
	new.mode = ivm_api_parse_mode(text_to_cstring(PG_GETARG_TEXT_PP(1)));
	check_matview(relid);
	ivm_options_parse(options_of_matview(relid, PG_GETARG_JSONB_P(2)), true, &options);
	if (options.replace || options.if_not_exists)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("options \"if_not_exists\" and \"replace\" are for ivm.create_view()"),
				 errhint("Leave them out.")));

	/* it stays as it is until it is locked against readers, at the end */
	rel = relation_open(relid, ShareUpdateExclusiveLock);
	check_matview(relid);
	ivm_relation_kind_check(rel);
	check_dependents(relid);
	new.name = makeRangeVar(get_namespace_name(get_rel_namespace(relid)), get_rel_name(relid), -1);
	new.namespace = get_rel_namespace(relid);
	new.query = ivm_relation_analyzed_query(relid);
	new.options = &options;
	new.bare = new.mode == IVM_MODE_APPEND && ivm_api_is_bare_call(fcinfo);
	new.existing = relid;
	relation_close(rel, NoLock);
	ivm_owner_scope_enter_relation(&scope, ivm_relation_owner(relid));
	result = ivm_api_create_view(&new);
	ivm_owner_scope_leave(&scope);
	(void) ivm_drop_remains();
	PG_RETURN_OID(result);
}
