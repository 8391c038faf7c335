/*-------------------------------------------------------------------------
 *
 * row_pack.c
 *	  Rows of tables as values that are not of the tables' types.
 *
 * SELECT o FROM orders o stores rows of orders.  Were the state's column of that
 * type, ALTER TABLE orders ADD COLUMN ... DEFAULT would fail, as it does for any
 * table with such a column.  So the state holds the rows as ivm.packed_row, and the
 * finishing makes rows of that:
 *
 *		core		ivm._pack_row(o)
 *		finishing	ivm._unpack_row(s.o, NULL::orders)
 *
 * A packed row is a signature, which tells the row type and the columns that it was made
 * of, and a tuple of those that are not dropped, with none of them compressed or
 * out of line: rows that look the same are the same bytes.  It means nothing in
 * another database, where types are called by other OIDs (plan_check.c).
 *
 * *Who can make one.*  Readers of the view unpack rows, so everybody may, and the bytes are believed.
 * So only ivm._pack_row() makes values of the type that can be unpacked: nothing can be cast to it,
 * and what its input functions make, of a dump, has a signature of no row.  The signature is a
 * cryptographic hash, or two row types could be made up that share one.  It tells the attributes of composite
 * types within the columns, too, as ALTER TYPE changes what values of these are.  Core refuses that while a table
 * has a column of such a type, so rows of tables alone are stored (is_lasting()); but a column can
 * be given another type meanwhile, and then its own again.
 *
 * A row is only unpacked under the columns that it was packed under.  Where they
 * change, the view is stale: what the state holds is not looked at any more,
 * and what the definition gives is packed anew.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/detoast.h"
#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "common/cryptohash.h"
#include "common/sha2.h"
#include "fmgr.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "parser/parse_func.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/typcache.h"

#include "base/compat.h"
#include "catalog/catalog_view.h"
#include "definition/row_pack.h"

IVM_FUNCTION(ivm_pack_row);
IVM_FUNCTION(ivm_unpack_row);
IVM_FUNCTION(ivm_packed_row_in);
IVM_FUNCTION(ivm_packed_row_recv);

/* At the start of a packed row: the first bytes of a SHA-256 hash, or zeros for what cannot be unpacked. */
#define SIGNATURE_SIZE	16

/* A composite type within a column, as of when a signature was computed. */
typedef struct InnerType
{
	Oid			typid;
	uint64		identifier;
} InnerType;

/* What a call knows of the row type that it had to do with last. */
typedef struct RowShape
{
	MemoryContext cxt;			/* of what this points to */
	Oid			typid;
	uint64		identifier;		/* of the type's columns in the type cache */
	TupleDesc	desc;			/* of the type, with dropped columns */
	char		signature[SIGNATURE_SIZE];	/* hash of the type and its
											 * columns */
	TupleDesc	live;			/* its columns that are not dropped */
	int		   *attnos;			/* positions of live's columns in desc, from 0 */
	List	   *inner;			/* of InnerType */
	bool		packable;		/* known to be that */
} RowShape;

/* ---- shapes ---- */

Oid
ivm_row_pack_composite_within(Oid typid)
{
	Oid			element = get_element_type(typid);

	check_stack_depth();
	if (OidIsValid(element))
		return ivm_row_pack_composite_within(element);
	switch (get_typtype(typid))
	{
		case TYPTYPE_DOMAIN:
			return ivm_row_pack_composite_within(getBaseType(typid));
		case TYPTYPE_RANGE:
			return ivm_row_pack_composite_within(get_range_subtype(typid));
		case TYPTYPE_MULTIRANGE:
			return ivm_row_pack_composite_within(get_multirange_range(typid));
		case TYPTYPE_COMPOSITE:
		case TYPTYPE_PSEUDO:
			return typid;
		default:
			return InvalidOid;
	}
}

/*
 * Do values of this column keep their representation while the column is there?  ALTER TYPE ... ALTER
 * ATTRIBUTE TYPE changes that of composite values; core refuses it if a table that stores rows
 * has a column of such a type.  But an array of any type, as in pg_attribute.attmissingval, tells the type
 * of its elements itself, and nothing depends on that.
 */
static bool
is_lasting(Oid relid, Form_pg_attribute att)
{
	Oid			composite = ivm_row_pack_composite_within(att->atttypid);

	if (!OidIsValid(composite))
		return true;
	if (get_typtype(composite) == TYPTYPE_PSEUDO)
		return false;
	switch (get_rel_relkind(relid))
	{
		case RELKIND_RELATION:
		case RELKIND_PARTITIONED_TABLE:
			return true;
		default:
			return false;
	}
}

char *
ivm_row_pack_unlasting_column(Oid typid)
{
	TupleDesc	desc = lookup_rowtype_tupdesc(typid, -1);
	Oid			relid = get_typ_typrelid(typid);
	char	   *result = NULL;

	for (int i = 0; i < desc->natts && result == NULL; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (!att->attisdropped && !is_lasting(relid, att))
			result = pstrdup(NameStr(att->attname));
	}
	ReleaseTupleDesc(desc);
	return result;
}

/* Append what a signature tells of the columns of a row type, and of composite types within them. */
static void
append_columns(RowShape *shape, TupleDesc desc, StringInfo text)
{
	static const int end = -1;

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);
		Oid			composite;

		if (att->attisdropped)
			continue;
		appendBinaryStringInfo(text, (char *) &i, sizeof(int));
		appendBinaryStringInfo(text, (char *) &att->atttypid, sizeof(Oid));
		composite = ivm_row_pack_composite_within(att->atttypid);
		if (OidIsValid(composite) && get_typtype(composite) == TYPTYPE_COMPOSITE)
		{
			TypeCacheEntry *type = lookup_type_cache(composite, TYPECACHE_TUPDESC);
			InnerType  *inner = palloc(sizeof(InnerType));
			TupleDesc	within = CreateTupleDescCopy(type->tupDesc);

			inner->typid = composite;
			inner->identifier = type->tupDesc_identifier;
			shape->inner = lappend(shape->inner, inner);
			append_columns(shape, within, text);
			FreeTupleDesc(within);
		}
	}
	appendBinaryStringInfo(text, (char *) &end, sizeof(int));
}

/* Set the signature of a row type whose columns are known. */
static void
sign(RowShape *shape)
{
	pg_cryptohash_ctx *hash = pg_cryptohash_create(PG_SHA256);
	uint8		digest[PG_SHA256_DIGEST_LENGTH];
	StringInfoData text;

	initStringInfo(&text);
	appendBinaryStringInfo(&text, (char *) &shape->typid, sizeof(Oid));
	append_columns(shape, shape->desc, &text);
	if (hash == NULL || pg_cryptohash_init(hash) < 0 ||
		pg_cryptohash_update(hash, (uint8 *) text.data, text.len) < 0 ||
		pg_cryptohash_final(hash, digest, sizeof(digest)) < 0)
		ereport(ERROR,
				(errcode(ERRCODE_SYSTEM_ERROR),
				 errmsg("could not compute the signature of row type %s", format_type_be(shape->typid))));
	pg_cryptohash_free(hash);
	memcpy(shape->signature, digest, SIGNATURE_SIZE);
	pfree(text.data);
}

static void
make_shape(RowShape *shape, TypeCacheEntry *type)
{
	TupleDesc	desc = CreateTupleDescCopy(type->tupDesc);
	int			n = 0;

	shape->typid = type->type_id;
	shape->identifier = type->tupDesc_identifier;
	shape->desc = desc;
	shape->packable = false;
	shape->attnos = palloc(sizeof(int) * Max(desc->natts, 1));
	for (int i = 0; i < desc->natts; i++)
		if (!TupleDescAttr(desc, i)->attisdropped)
			shape->attnos[n++] = i;
	shape->live = CreateTemplateTupleDesc(n);
	for (int i = 0; i < n; i++)
	{
		TupleDescCopyEntry(shape->live, i + 1, desc, shape->attnos[i] + 1);
		/* or short values would be stored in two ways */
		if (TupleDescAttr(shape->live, i)->attlen == -1)
			ivm_compat_set_storage(shape->live, i, TYPSTORAGE_EXTENDED);
	}
	shape->inner = NIL;
	sign(shape);
}

/* Is a shape that of a row type as it is now? */
static bool
is_current(const RowShape *shape, const TypeCacheEntry *type)
{
	ListCell   *lc;

	if (shape->typid != type->type_id || shape->identifier != type->tupDesc_identifier)
		return false;
	foreach(lc, shape->inner)
	{
		InnerType  *inner = lfirst(lc);

		if (lookup_type_cache(inner->typid, TYPECACHE_TUPDESC)->tupDesc_identifier != inner->identifier)
			return false;
	}
	return true;
}

/* The shape of a row type, kept with the function call, to which rows of several types may come. */
static RowShape *
shape_of(FunctionCallInfo fcinfo, Oid typid)
{
	RowShape   *shape = fcinfo->flinfo->fn_extra;
	TypeCacheEntry *type = lookup_type_cache(typid, TYPECACHE_TUPDESC);
	MemoryContext oldcxt;

	if (type->tupDesc == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("type %s is not composite", format_type_be(typid))));
	if (shape != NULL && is_current(shape, type))
		return shape;
	if (shape == NULL)
	{
		shape = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(RowShape));
		shape->cxt = AllocSetContextCreate(fcinfo->flinfo->fn_mcxt, "ivm row shape", ALLOCSET_SMALL_SIZES);
		fcinfo->flinfo->fn_extra = shape;
	}
	shape->typid = InvalidOid;
	MemoryContextReset(shape->cxt);
	oldcxt = MemoryContextSwitchTo(shape->cxt);
	make_shape(shape, type);
	MemoryContextSwitchTo(oldcxt);
	return shape;
}

/* ---- functions ---- */

/* Bytes at the start of a tuple that are not packed: its length and what pads that. */
#define TUPLE_HEADER	offsetof(MinimalTupleData, t_infomask2)

Datum
ivm_pack_row(PG_FUNCTION_ARGS)
{
	HeapTupleHeader header = PG_GETARG_HEAPTUPLEHEADER(0);
	RowShape   *shape;
	HeapTupleData tuple;
	Datum	   *values;
	bool	   *nulls;
	MinimalTuple packed;
	bytea	   *result;
	Size		size;
	char	   *column;

	if (HeapTupleHeaderGetTypeId(header) == RECORDOID)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("function \"%s\" packs rows of named types only", "ivm._pack_row")));
	shape = shape_of(fcinfo, HeapTupleHeaderGetTypeId(header));
	if (!shape->packable)
	{
		if ((column = ivm_row_pack_unlasting_column(shape->typid)) != NULL)
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("rows of type %s cannot be packed", format_type_be(shape->typid)),
					 errdetail("What values of column \"%s\" consist of can be altered.", column)));
		shape->packable = true;
	}
	values = palloc(sizeof(Datum) * Max(shape->desc->natts, 1));
	nulls = palloc(sizeof(bool) * Max(shape->desc->natts, 1));
	tuple.t_len = HeapTupleHeaderGetDatumLength(header);
	ItemPointerSetInvalid(&tuple.t_self);
	tuple.t_tableOid = InvalidOid;
	tuple.t_data = header;
	heap_deform_tuple(&tuple, shape->desc, values, nulls);
	for (int i = 0; i < shape->live->natts; i++)
	{
		/* to the left, over what has been moved already */
		values[i] = values[shape->attnos[i]];
		nulls[i] = nulls[shape->attnos[i]];
		if (!nulls[i] && TupleDescAttr(shape->live, i)->attlen == -1)
			values[i] = PointerGetDatum(PG_DETOAST_DATUM_PACKED(values[i]));
	}
	packed = ivm_compat_form_minimal_tuple(shape->live, values, nulls);
	size = packed->t_len - TUPLE_HEADER;
	result = palloc(VARHDRSZ + SIGNATURE_SIZE + size);
	SET_VARSIZE(result, VARHDRSZ + SIGNATURE_SIZE + size);
	memcpy(VARDATA(result), shape->signature, SIGNATURE_SIZE);
	memcpy(VARDATA(result) + SIGNATURE_SIZE, (char *) packed + TUPLE_HEADER, size);
	PG_RETURN_BYTEA_P(result);
}

Datum
ivm_unpack_row(PG_FUNCTION_ARGS)
{
	RowShape   *shape;
	bytea	   *packed;
	Size		size;
	MinimalTuple tuple;
	HeapTupleData heap;
	Datum	   *live;
	bool	   *live_nulls;
	Datum	   *values;
	bool	   *nulls;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	shape = shape_of(fcinfo, get_fn_expr_argtype(fcinfo->flinfo, 1));
	packed = PG_GETARG_BYTEA_PP(0);
	size = VARSIZE_ANY_EXHDR(packed);
	if (size < SIGNATURE_SIZE || memcmp(VARDATA_ANY(packed), shape->signature, SIGNATURE_SIZE) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("a stored row does not have the columns of type %s", format_type_be(shape->typid)),
				 errdetail("The columns were changed while the row was read."),
				 errhint("Run the statement again.")));
	size -= SIGNATURE_SIZE;
	tuple = palloc(TUPLE_HEADER + size);
	tuple->t_len = TUPLE_HEADER + size;
	memcpy((char *) tuple + TUPLE_HEADER, VARDATA_ANY(packed) + SIGNATURE_SIZE, size);
	live = palloc(sizeof(Datum) * Max(shape->live->natts, 1));
	live_nulls = palloc(sizeof(bool) * Max(shape->live->natts, 1));
	heap.t_len = tuple->t_len + MINIMAL_TUPLE_OFFSET;
	ItemPointerSetInvalid(&heap.t_self);
	heap.t_tableOid = InvalidOid;
	heap.t_data = (HeapTupleHeader) ((char *) tuple - MINIMAL_TUPLE_OFFSET);
	heap_deform_tuple(&heap, shape->live, live, live_nulls);

	values = palloc0(sizeof(Datum) * Max(shape->desc->natts, 1));
	nulls = palloc(sizeof(bool) * Max(shape->desc->natts, 1));
	memset(nulls, true, sizeof(bool) * shape->desc->natts);
	for (int i = 0; i < shape->live->natts; i++)
	{
		values[shape->attnos[i]] = live[i];
		nulls[shape->attnos[i]] = live_nulls[i];
	}
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(shape->desc), values, nulls)));
}

/* ---- input and output ---- */

/*
 * A value that cannot be unpacked, of these bytes: a dump has to be restored, and the rows of the view
 * are told from each other before ivm.reconcile() packs them anew.
 */
static bytea *
make_foreign(const char *bytes, int len)
{
	static const char none[SIGNATURE_SIZE];
	bool		signed_so = len >= SIGNATURE_SIZE && memcmp(bytes, none, SIGNATURE_SIZE) == 0;
	int			offset = signed_so ? 0 : SIGNATURE_SIZE;
	bytea	   *result = palloc0(VARHDRSZ + offset + len);

	SET_VARSIZE(result, VARHDRSZ + offset + len);
	memcpy(VARDATA(result) + offset, bytes, len);
	return result;
}

Datum
ivm_packed_row_in(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = DatumGetByteaPP(DirectFunctionCall1(byteain, PG_GETARG_DATUM(0)));

	PG_RETURN_BYTEA_P(make_foreign(VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes)));
}

Datum
ivm_packed_row_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	int			len = buf->len - buf->cursor;

	PG_RETURN_BYTEA_P(make_foreign(pq_getmsgbytes(buf, len), len));
}

/* ---- expressions ---- */

static Oid
pack_function(void)
{
	Oid			argtypes[] = {RECORDOID};

	return LookupFuncName(list_make2(makeString(IVM_SCHEMA), makeString("_pack_row")), 1, argtypes, false);
}

static Oid
unpack_function(void)
{
	Oid			argtypes[] = {get_func_rettype(pack_function()), ANYELEMENTOID};

	return LookupFuncName(list_make2(makeString(IVM_SCHEMA), makeString("_unpack_row")), 2, argtypes, false);
}

Expr *
ivm_row_pack_pack(Expr *row)
{
	Oid			funcid = pack_function();

	return (Expr *) makeFuncExpr(funcid, get_func_rettype(funcid), list_make1(row), InvalidOid, InvalidOid,
								 COERCE_EXPLICIT_CALL);
}

Expr *
ivm_row_pack_unpack(Expr *packed, Oid typid)
{
	return (Expr *) makeFuncExpr(unpack_function(), typid,
								 list_make2(packed, makeNullConst(typid, -1, InvalidOid)),
								 InvalidOid, InvalidOid, COERCE_EXPLICIT_CALL);
}

bool
ivm_row_pack_has_within(Oid rowtype, Oid typid)
{
	TupleDesc	desc = lookup_rowtype_tupdesc_copy(rowtype, -1);

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);
		Oid			composite = att->attisdropped ? InvalidOid : ivm_row_pack_composite_within(att->atttypid);

		if (OidIsValid(composite) && get_typtype(composite) == TYPTYPE_COMPOSITE &&
			(composite == typid || ivm_row_pack_has_within(composite, typid)))
			return true;
	}
	return false;
}

static bool
unpack_walker(Node *node, Oid *funcid)
{
	if (node == NULL)
		return false;
	if (IsA(node, FuncExpr) && ((FuncExpr *) node)->funcid == *funcid)
		return true;
	return expression_tree_walker(node, unpack_walker, funcid);
}

bool
ivm_row_pack_within(Node *node)
{
	Oid			funcid = unpack_function();

	return unpack_walker(node, &funcid);
}
