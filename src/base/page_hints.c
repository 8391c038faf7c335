/*-------------------------------------------------------------------------
 *
 * page_hints.c
 *	  Hints of all rows in a page of a heap.
 *
 * Which versions of rows a snapshot would show is not asked: who goes to a hint does so.
 * Values are hashed by their bytes, so no function of a type runs while the page is locked.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "storage/bufmgr.h"
#include "utils/rel.h"

#include "base/page_hints.h"

/* So many rows, spread over the page, tell whether it has given its hints already. */
#define SAMPLE_ROWS		8

typedef struct PageRows
{
	Relation	rel;
	const IvmHintColumn *columns;
	int			ncolumns;
	IvmRowHints *hints;
	BlockNumber block;
	Buffer		buffer;			/* pinned and locked */
} PageRows;

/* Point a tuple to what a page has at an offset; false if that is not worth a hint. */
static bool
read_row(const PageRows *rows, OffsetNumber offset, HeapTuple row)
{
	Page		page = BufferGetPage(rows->buffer);
	ItemId		item = PageGetItemId(page, offset);

	if (!ItemIdIsNormal(item))
		return false;
	row->t_data = (HeapTupleHeader) PageGetItem(page, item);
	row->t_len = ItemIdGetLength(item);
	row->t_tableOid = RelationGetRelid(rows->rel);
	ItemPointerSet(&row->t_self, rows->block, offset);
	return HeapTupleHeaderXminCommitted(row->t_data) && (row->t_data->t_infomask & HEAP_XMAX_INVALID);
}

/* The hash that a row is looked for by; false if a value is NULL, or not in the page as it is. */
static bool
hash_row(const PageRows *rows, HeapTuple row, uint32 *hash)
{
	*hash = 0;
	for (int i = 0; i < rows->ncolumns; i++)
	{
		const IvmHintColumn *column = &rows->columns[i];
		bool		isnull;
		Datum		value = heap_getattr(row, column->attno, RelationGetDescr(rows->rel), &isnull);

		if (isnull || (column->typlen == -1 && VARATT_IS_EXTENDED(DatumGetPointer(value)) &&
					   !VARATT_IS_SHORT(DatumGetPointer(value))))
			return false;
		*hash = ivm_row_hints_hash(*hash, value, column->typbyval, column->typlen);
	}
	return true;
}

/* Have most rows of a page hints?  moved: hints that lead to them, not to where they were. */
static bool
is_known(const PageRows *rows, OffsetNumber last, bool moved)
{
	int			step = Max(last / SAMPLE_ROWS, 1);
	int			known = 0;
	int			unknown = 0;

	for (int offset = FirstOffsetNumber; offset <= last; offset += step)
	{
		HeapTupleData row;
		uint32		hash;
		ItemPointer hint;

		if (!read_row(rows, (OffsetNumber) offset, &row) || !hash_row(rows, &row, &hash))
			continue;
		hint = ivm_row_hints_get(rows->hints, hash);
		if (hint != NULL && (!moved || ItemPointerEquals(hint, &row.t_self)))
			known++;
		else
			unknown++;
	}
	return known >= unknown;
}

void
ivm_page_hints_take(Relation rel, BlockNumber block, const IvmHintColumn *columns, int ncolumns,
					bool moved, IvmRowHints *hints)
{
	PageRows	rows = {rel, columns, ncolumns, hints, block, ReadBuffer(rel, block)};
	OffsetNumber last;
	bool		known;

	LockBuffer(rows.buffer, BUFFER_LOCK_SHARE);
	last = PageGetMaxOffsetNumber(BufferGetPage(rows.buffer));
	known = is_known(&rows, last, moved);
	for (OffsetNumber offset = FirstOffsetNumber; !known && offset <= last; offset++)
	{
		HeapTupleData row;
		uint32		hash;

		if (read_row(&rows, offset, &row) && hash_row(&rows, &row, &hash))
			ivm_row_hints_offer(hints, hash, &row.t_self);
	}
	UnlockReleaseBuffer(rows.buffer);
	ivm_row_hints_advanced(hints, known ? SAMPLE_ROWS : last);
}
