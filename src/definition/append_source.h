/*-------------------------------------------------------------------------
 *
 * append_source.h
 *	  What of a definition an append view rests on: the table that is appended to, its
 *	  watermark column, and the key that is its bucket.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_APPEND_SOURCE_H
#define IVM_APPEND_SOURCE_H

#include "access/attnum.h"
#include "utils/relcache.h"

#include "definition/core.h"

typedef struct IvmAppendSource
{
	Oid			base;
	AttrNumber	watermark;
	int			bucket;			/* number of the key, or -1 */
} IvmAppendSource;

/*
 * Find these for the options of a view, as texts (NULL: not given), and check them.  bucket is the
 * name of a column of the view.  Raises an error that names what does not fit.
 */
extern void ivm_append_source_find(const IvmCore *core, const char *watermark, const char *bucket,
								   const char *overlap, const char *late, IvmAppendSource *result);

/*
 * The sequence that a column of an open table gets its values from by default, or InvalidOid.
 */
extern Oid	ivm_append_source_sequence(Relation rel, AttrNumber attno);

/*
 * Raise an error, which asks for the option overlap, unless values of a watermark column are drawn by the
 * transactions that insert them, in ascending order, as far as its default tells.
 */
extern void ivm_append_source_check_order(Oid base, AttrNumber watermark);

#endif							/* IVM_APPEND_SOURCE_H */
