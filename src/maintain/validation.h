/*-------------------------------------------------------------------------
 *
 * validation.h
 *	  What must hold of a view's new rows before anybody sees them.
 *
 *		parse, check			before the work, so that a misspelled key costs nothing
 *		begin					just before the rows are changed
 *		run						after that, in the same transaction: an error, or all is well
 *
 * "Old" is what readers had before begin, "new" what they get if the transaction commits, both as of one
 * moment: what others have committed between is in either.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_VALIDATION_H
#define IVM_VALIDATION_H

#include "utils/jsonb.h"

#include "catalog/catalog_view.h"

typedef struct IvmValidation
{
	int64		min_rows;		/* -1: not asked for */
	int64		max_rows;		/* -1: not asked for */
	double		max_change;		/* -1: not asked for */
	char	   *check;			/* a condition over "old" and "new", or NULL */
	bool		verify;
	CommandId	before;			/* set by ivm_validation_begin() */
	bool		was_live;
} IvmValidation;

/* Parse what the argument validate of ivm.rebuild() gives; errors name the key.  In CurrentMemoryContext. */
extern void ivm_validation_parse(Jsonb *jsonb, IvmValidation *v);

/*
 * Raise the errors that the condition has in itself, or that come from the current user's rights.  Reads
 * nothing but catalogues; the user's search_path and rights hold here and in ivm_validation_run().
 */
extern void ivm_validation_check(const IvmValidation *v, const IvmViewRow *row);

/* From here on, what this transaction changes is new. */
extern void ivm_validation_begin(IvmValidation *v, IvmViewRow *row);

/*
 * Raise an error (23514) that says what does not hold.  Reads the view as the current user; old and new rows
 * are kept in work_mem and spill, if the validation asks for them.  Needs an active snapshot.
 */
extern void ivm_validation_run(const IvmValidation *v, const IvmViewRow *row);

#endif							/* IVM_VALIDATION_H */
