/*-------------------------------------------------------------------------
 *
 * append_source.h
 *	  What of a definition an append view rests on: the table that is appended to, its
 *	  watermark column, and the key that is its bucket; the last one also of other views.
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

/* Options of an append view, as texts; NULL: not given. */
typedef struct IvmAppendOptions
{
	const char *watermark;
	const char *bucket;			/* the name of a column of the view */
	const char *overlap;
	const char *late;
	const char *reconcile_last;
} IvmAppendOptions;

/*
 * Find these for the options of a view, and check them.  Raises an error that names what does
 * not fit.
 */
extern void ivm_append_source_find(const IvmCore *core, const IvmAppendOptions *options,
								   IvmAppendSource *result);

/*
 * The key that divides another view, for its options bucket (NULL: the only key that can be
 * meant) and reconcile_last.  Raises an error if there is none, or if an option does not fit.
 */
extern int	ivm_append_source_find_bucket(const IvmCore *core, const char *bucket,
										  const char *reconcile_last);

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
