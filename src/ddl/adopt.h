/*-------------------------------------------------------------------------
 *
 * adopt.h
 *	  Views whose schema was restored without the rows of ivm.view.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_ADOPT_H
#define IVM_ADOPT_H

/*
 * Make the row of the view that has this state table, if it has none: the view is
 * unpopulated.  Nothing is done where the table is no state, relations of the view are
 * missing, its id is another view's, or rows of ivm.view are being written by others.
 * Waits for others that do the same; keeps writers of ivm.view out until the end of the
 * transaction.
 */
extern void ivm_adopt_state(Oid state);

/* The same for all tables of schema ivm_data. */
extern void ivm_adopt_all(void);

/*
 * Delete the rows that were made so and whose views were not filled since, that of one id or (0)
 * all: those of a dump are about to come.
 */
extern void ivm_adopt_undo(int32 id);

#endif							/* IVM_ADOPT_H */
