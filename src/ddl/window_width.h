/*-------------------------------------------------------------------------
 *
 * window_width.h
 *	  The width of the buckets of a new view with a window of time.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_WINDOW_WIDTH_H
#define IVM_WINDOW_WIDTH_H

#include "definition/core.h"

/*
 * A width, in microseconds, for a core that was analyzed with the one chosen by the length
 * of its window alone: that, or a wider one, by what the planner expects of the tables.
 * 0 if there are no buckets.  The tables are locked; takes a snapshot for planning.
 */
extern int64 ivm_window_width_choose(const IvmCore *core);

#endif							/* IVM_WINDOW_WIDTH_H */
