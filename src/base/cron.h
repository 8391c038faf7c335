/*-------------------------------------------------------------------------
 *
 * cron.h
 *	  Cron lines: at which minutes something is to be done.
 *
 *		minute  hour  day of month  month  day of week
 *		 0-59   0-23      1-31       1-12    0-7 (0 and 7: Sunday)
 *
 * A field is a list, separated by commas, of: *, a number, a range a-b; and, behind *
 * or a range, a step /n.  Months and days of the week may be written as names of three
 * letters (jan, sun), in any case, also in ranges.  A range must not run backwards.
 *
 * Where both day fields are restricted, that is, do not begin with *, a day counts that
 * matches either of them; else it must match both.  (So it is in every cron.)
 *
 * Instead of five fields: @hourly, @daily or @midnight, @weekly, @monthly, @yearly or
 * @annually.
 *
 *-------------------------------------------------------------------------
 */
#ifndef IVM_CRON_H
#define IVM_CRON_H

#include "datatype/timestamp.h"
#include "pgtime.h"

/* A parsed line: bits by number. */
typedef struct IvmCron
{
	uint64		minutes;
	uint32		hours;
	uint32		days;			/* of the month, from bit 1 on */
	uint32		months;			/* from bit 1 on */
	uint32		weekdays;		/* bit 0: Sunday */
	bool		either_day;		/* days or weekdays suffice */
} IvmCron;

/* Is a text meant as a cron line, right or wrong?  (And not as an interval.) */
extern bool ivm_cron_is_line(const char *text);

/*
 * Parse a line.  Raises an error that says which field is wrong, where, and what is
 * allowed there; also if no day ever matches.
 */
extern void ivm_cron_parse(const char *line, IvmCron *cron);

/*
 * The first time after another one, as clocks in a time zone show it.  Where these are
 * put forward, times that are left out count once, at the moment after the gap; where
 * they are put back, times that occur twice count the first time.  But a line for every
 * hour goes by the time that passes: nothing is left out then or made up for.
 */
extern TimestampTz ivm_cron_next(const IvmCron *cron, TimestampTz after, const pg_tz *tz);

#endif							/* IVM_CRON_H */
