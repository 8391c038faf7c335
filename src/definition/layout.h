/*-------------------------------------------------------------------------
 *
 * layout.h
 *	  Where the columns of state and delta tables are.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_LAYOUT_H
#define IVM_LAYOUT_H

#include "definition/core.h"

/*
 * Columns of the state table:	[key_hash] keys row_count accumulators
 * Columns of the delta table:	[key_hash] keys slot dirty row_count accumulators
 *
 * All positions below count from 0.  key_hash is there if the key cannot be
 * indexed itself; it then has the index instead.
 */
typedef struct IvmLayout
{
	bool		hashed;
	int			first_key;
	int			state_row_count;
	int			state_natts;
	int			delta_slot;
	int			delta_dirty;
	int			delta_row_count;
	int			delta_natts;
} IvmLayout;

/*
 * Set the positions of the columns of state and delta table, which follow from the
 * core alone.  state_first and delta_first have an element per accumulator: the
 * position of its first column.  Looks up types; called once per derivation.
 */
extern void ivm_layout_find(const IvmCore *core, IvmLayout *layout,
							int *state_first, int *delta_first);

/*
 * Are two values of this type equal just if their Datums are the same?  Known for
 * some types of the server, which most keys have, without a catalogue look-up, for
 * which a new session would have to pay; false for all others.
 */
extern bool ivm_layout_is_datum(Oid type);

#endif							/* IVM_LAYOUT_H */
