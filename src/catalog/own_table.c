/*-------------------------------------------------------------------------
 *
 * own_table.c
 *	  Tables of the extension, found by name and scanned by index.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "catalog/namespace.h"
#include "commands/extension.h"
#include "storage/bufmgr.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "catalog/own_table.h"

/*
 * Up to this size a table is read whole: a new session would otherwise spend
 * more on the index's entry in its relation cache.
 */
#define SMALL_TABLE_BLOCKS	2

/*
 * The schema of the extension.  Where the extension is not, anybody who may create schemas can make one of that
 * name, with tables of any shape: these are none of ours.  With the extension no other one can have its name.
 */
static Oid
own_schema(void)
{
	static Oid	known = InvalidOid;
	Oid			nsp = get_namespace_oid(IVM_SCHEMA, true);

	if (OidIsValid(nsp) && nsp != known)
	{
		if (!OidIsValid(get_extension_oid("ivm", true)))
			return InvalidOid;
		known = nsp;
	}
	return nsp;
}

Oid
ivm_own_table_relid(const char *name)
{
	Oid			nsp = own_schema();

	return OidIsValid(nsp) ? get_relname_relid(name, nsp) : InvalidOid;
}

SysScanDesc
ivm_own_table_scan(Relation rel, const char *index, int nkeys, ScanKey keys)
{
	Oid			indexid = InvalidOid;

	if (nkeys > 0 && RelationGetNumberOfBlocks(rel) > SMALL_TABLE_BLOCKS)
		indexid = ivm_own_table_relid(index);
	return systable_beginscan(rel, indexid, OidIsValid(indexid), NULL, nkeys, keys);
}
