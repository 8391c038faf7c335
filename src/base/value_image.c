/*-------------------------------------------------------------------------
 *
 * value_image.c
 *	  Values told apart by what they look like.
 *
 * Two values are the same image if no function can tell them apart: 1.0 and
 * 1.00 are two images.  For most types that is a comparison of bytes.  It is
 * not where the bytes also say how, or in which database, the value was stored:
 *
 *	 rows		have the OID of their type in them, values of columns that have
 *				been dropped, and columns that are compressed or not
 *	 arrays		have the OID of the type of their elements in them
 *	 ranges		have the OID of their type in them
 *	 enums		are the OID of a label, regclass and its kin that of an object
 *
 * A dump and restore gives objects other OIDs, but brings the hashes of values
 * back as they were (column key_hash).  So both kinds of hashes leave these OIDs
 * out, by image and by "=": all values of an enum hash alike.  Comparisons only
 * meet values of one database.
 *
 * What types are made of is asked of the type cache, per value; there is no
 * look-up in a catalogue.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/transam.h"
#include "access/tupdesc.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/datum.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rangetypes.h"
#include "utils/typcache.h"

#include "base/value_image.h"

/* ---- types ---- */

typedef enum ImageKind
{
	IMAGE_BYTES,
	IMAGE_NAME,					/* an OID that means something in this
								 * database only */
	IMAGE_ROW,
	IMAGE_ARRAY,
	IMAGE_RANGE					/* or multirange */
} ImageKind;

/* What the bytes of a type's values consist of.  Of a domain, *typid becomes its base type. */
static ImageKind
image_kind(Oid *typid)
{
	TypeCacheEntry *type;

	switch (*typid)
	{
		case REGPROCOID:
		case REGPROCEDUREOID:
		case REGOPEROID:
		case REGOPERATOROID:
		case REGCLASSOID:
		case REGCOLLATIONOID:
		case REGTYPEOID:
		case REGCONFIGOID:
		case REGDICTIONARYOID:
		case REGROLEOID:
		case REGNAMESPACEOID:
			return IMAGE_NAME;
		default:
			break;
	}
	if (*typid < FirstGenbkiObjectId)
	{
		/* all of them but the arrays of the types above are plain */
		type = lookup_type_cache(*typid, 0);
		return type->typsubscript == F_ARRAY_SUBSCRIPT_HANDLER ? IMAGE_ARRAY : IMAGE_BYTES;
	}
	type = lookup_type_cache(*typid, TYPECACHE_DOMAIN_BASE_INFO);
	if (type->typtype == TYPTYPE_DOMAIN)
	{
		*typid = type->domainBaseType;
		return image_kind(typid);
	}
	switch (type->typtype)
	{
		case TYPTYPE_ENUM:
			return IMAGE_NAME;
		case TYPTYPE_COMPOSITE:
			return IMAGE_ROW;
		case TYPTYPE_RANGE:
		case TYPTYPE_MULTIRANGE:
			return *typid < FirstNormalObjectId ? IMAGE_BYTES : IMAGE_RANGE;
		default:
			return type->typsubscript == F_ARRAY_SUBSCRIPT_HANDLER ? IMAGE_ARRAY : IMAGE_BYTES;
	}
}

bool
ivm_value_image_is_bytes(Oid typid)
{
	ImageKind	kind = image_kind(&typid);

	return kind == IMAGE_BYTES ||
		(kind == IMAGE_ARRAY && typid < FirstNormalObjectId &&
		 ivm_value_image_is_bytes(get_element_type(typid)));
}

bool
ivm_value_image_has_names(Oid typid)
{
	TupleDesc	desc;
	bool		result = false;

	check_stack_depth();
	switch (image_kind(&typid))
	{
		case IMAGE_NAME:
			return true;
		case IMAGE_ARRAY:
			return ivm_value_image_has_names(get_element_type(typid));
		case IMAGE_RANGE:
			return ivm_value_image_has_names(type_is_multirange(typid) ? get_multirange_range(typid) :
											 get_range_subtype(typid));
		case IMAGE_ROW:
			desc = lookup_rowtype_tupdesc(typid, -1);
			for (int i = 0; i < desc->natts && !result; i++)
				result = !TupleDescAttr(desc, i)->attisdropped &&
					ivm_value_image_has_names(TupleDescAttr(desc, i)->atttypid);
			ReleaseTupleDesc(desc);
			return result;
		default:
			return false;
	}
}

/* ---- rows ---- */

typedef struct Row
{
	HeapTupleHeader header;
	Datum		value;			/* that header may be a copy of */
	TupleDesc	desc;
	int			natts;			/* columns that are there */
	Datum	   *values;
	bool	   *nulls;
} Row;

static void
open_row(Row *row, Datum value)
{
	HeapTupleData tuple;

	row->value = value;
	row->header = DatumGetHeapTupleHeader(value);
	row->desc = lookup_rowtype_tupdesc(HeapTupleHeaderGetTypeId(row->header),
									   HeapTupleHeaderGetTypMod(row->header));
	row->natts = Min(HeapTupleHeaderGetNatts(row->header), row->desc->natts);
	row->values = palloc(sizeof(Datum) * Max(row->desc->natts, 1));
	row->nulls = palloc(sizeof(bool) * Max(row->desc->natts, 1));
	tuple.t_len = HeapTupleHeaderGetDatumLength(row->header);
	ItemPointerSetInvalid(&tuple.t_self);
	tuple.t_tableOid = InvalidOid;
	tuple.t_data = row->header;
	heap_deform_tuple(&tuple, row->desc, row->values, row->nulls);
}

static void
close_row(Row *row)
{
	ReleaseTupleDesc(row->desc);
	pfree(row->values);
	pfree(row->nulls);
	if ((Pointer) row->header != DatumGetPointer(row->value))
		pfree(row->header);
}

/* The next column that is there and not dropped, or -1. */
static int
next_column(const Row *row, int i)
{
	while (++i < row->natts)
		if (!TupleDescAttr(row->desc, i)->attisdropped)
			return i;
	return -1;
}

static uint64
row_hash(Datum value)
{
	Row			row;
	uint64		result = 0;

	open_row(&row, value);
	for (int i = -1; (i = next_column(&row, i)) >= 0;)
	{
		Form_pg_attribute att = TupleDescAttr(row.desc, i);

		result = hash_combine64(result, row.nulls[i] ? 0 :
								ivm_value_image_hash(att->atttypid, att->attlen, att->attbyval,
													 row.values[i]));
	}
	close_row(&row);
	return result;
}

/*
 * Columns that one of the rows has been stored without make a difference: what
 * is shown in their place can change later.
 */
static bool
row_equal(Datum a, Datum b)
{
	Row			left;
	Row			right;
	int			i = -1;
	int			j = -1;
	bool		result;

	open_row(&left, a);
	open_row(&right, b);
	result = left.desc->tdtypeid == right.desc->tdtypeid;
	while (result)
	{
		Form_pg_attribute att;

		i = next_column(&left, i);
		j = next_column(&right, j);
		if (i < 0 || j < 0)
			break;
		att = TupleDescAttr(left.desc, i);
		result = i == j && left.nulls[i] == right.nulls[j] &&
			(left.nulls[i] || ivm_value_image_equal(att->atttypid, att->attlen, att->attbyval,
													left.values[i], right.values[j]));
	}
	result = result && i < 0 && j < 0;
	close_row(&left);
	close_row(&right);
	return result;
}

/* ---- arrays ---- */

static uint64
array_hash(Datum value)
{
	ArrayType  *array = DatumGetArrayTypeP(value);
	ArrayIterator it = array_create_iterator(array, 0, NULL);
	Oid			type = ARR_ELEMTYPE(array);
	int16		len;
	bool		byval;
	uint64		result;
	Datum		element;
	bool		isnull;

	get_typlenbyval(type, &len, &byval);
	result = hash_bytes_extended((unsigned char *) ARR_DIMS(array), sizeof(int) * 2 * ARR_NDIM(array), 0);
	while (array_iterate(it, &element, &isnull))
		result = hash_combine64(result, isnull ? 0 : ivm_value_image_hash(type, len, byval, element));
	array_free_iterator(it);
	if ((Pointer) array != DatumGetPointer(value))
		pfree(array);
	return result;
}

static bool
array_equal(Datum a, Datum b)
{
	ArrayType  *left = DatumGetArrayTypeP(a);
	ArrayType  *right = DatumGetArrayTypeP(b);
	Oid			type = ARR_ELEMTYPE(left);
	bool		result = type == ARR_ELEMTYPE(right) && ARR_NDIM(left) == ARR_NDIM(right) &&
		memcmp(ARR_DIMS(left), ARR_DIMS(right), sizeof(int) * 2 * ARR_NDIM(left)) == 0;

	if (result)
	{
		ArrayIterator i = array_create_iterator(left, 0, NULL);
		ArrayIterator j = array_create_iterator(right, 0, NULL);
		int16		len;
		bool		byval;
		Datum		x;
		Datum		y;
		bool		xnull;
		bool		ynull;

		get_typlenbyval(type, &len, &byval);
		while (result && array_iterate(i, &x, &xnull) && array_iterate(j, &y, &ynull))
			result = xnull == ynull && (xnull || ivm_value_image_equal(type, len, byval, x, y));
		array_free_iterator(i);
		array_free_iterator(j);
	}
	if ((Pointer) left != DatumGetPointer(a))
		pfree(left);
	if ((Pointer) right != DatumGetPointer(b))
		pfree(right);
	return result;
}

/* ---- all types ---- */

/* Finalizer of MurmurHash3 (Appleby, public domain). */
static inline uint64
scatter(uint64 h)
{
	h ^= h >> 33;
	h *= UINT64CONST(0xff51afd7ed558ccd);
	h ^= h >> 33;
	h *= UINT64CONST(0xc4ceb9fe1a85ec53);
	h ^= h >> 33;
	return h;
}

/* Hash of the bytes of a value; of a varlena, without the first ones (skipped). */
static uint64
bytes_hash(int16 typlen, bool typbyval, Datum value, Size skipped)
{
	struct varlena *v;
	uint64		h;

	if (typbyval)
		return scatter(ivm_value_image_bits(typlen, value));
	if (typlen != -1)
		return hash_bytes_extended((unsigned char *) DatumGetPointer(value),
								   datumGetSize(value, false, typlen), 0);
	v = PG_DETOAST_DATUM_PACKED(value);
	h = hash_bytes_extended((unsigned char *) VARDATA_ANY(v) + skipped,
							VARSIZE_ANY_EXHDR(v) - skipped, 0);
	if ((Pointer) v != DatumGetPointer(value))
		pfree(v);
	return h;
}

uint64
ivm_value_image_hash(Oid typid, int16 typlen, bool typbyval, Datum value)
{
	check_stack_depth();
	switch (image_kind(&typid))
	{
		case IMAGE_NAME:
			return 1;
		case IMAGE_ROW:
			return row_hash(value);
		case IMAGE_ARRAY:
			return array_hash(value);
		case IMAGE_RANGE:
			return ivm_value_image_has_names(typid) ? 1 :
				bytes_hash(typlen, typbyval, value, sizeof(Oid));
		default:
			return bytes_hash(typlen, typbyval, value, 0);
	}
}

uint64
ivm_value_image_hash_bytes(int16 typlen, bool typbyval, Datum value)
{
	return bytes_hash(typlen, typbyval, value, 0);
}

/* Rows are taken apart, so that names in one column cost the other columns nothing. */
uint64
ivm_value_image_hash_equal(Oid typid, Oid collation, Datum value)
{
	TypeCacheEntry *type;
	Row			row;
	uint64		result = 0;

	check_stack_depth();
	if (image_kind(&typid) == IMAGE_ROW)
	{
		open_row(&row, value);
		for (int i = -1; (i = next_column(&row, i)) >= 0;)
		{
			Form_pg_attribute att = TupleDescAttr(row.desc, i);

			result = hash_combine64(result, row.nulls[i] ? 0 :
									ivm_value_image_hash_equal(att->atttypid, att->attcollation, row.values[i]));
		}
		close_row(&row);
		return result;
	}
	type = lookup_type_cache(typid, TYPECACHE_HASH_EXTENDED_PROC_FINFO);
	if (!OidIsValid(type->hash_extended_proc_finfo.fn_oid) || ivm_value_image_has_names(typid))
		return 1;
	return DatumGetUInt64(FunctionCall2Coll(&type->hash_extended_proc_finfo, collation, value,
											Int64GetDatum(0)));
}

bool
ivm_value_image_equal(Oid typid, int16 typlen, bool typbyval, Datum a, Datum b)
{
	check_stack_depth();
	switch (image_kind(&typid))
	{
		case IMAGE_ROW:
			return row_equal(a, b);
		case IMAGE_ARRAY:
			return array_equal(a, b);
		default:
			return ivm_value_image_equal_bytes(typlen, typbyval, a, b);
	}
}
