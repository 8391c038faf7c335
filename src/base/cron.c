/*-------------------------------------------------------------------------
 *
 * cron.c
 *	  Cron lines: at which minutes something is to be done.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/datetime.h"
#include "utils/timestamp.h"

#include "base/cron.h"

/* ---- parsing ---- */

typedef struct Field
{
	const char *name;
	int			min;
	int			max;
	const char *const *names;	/* of the values from first on, or NULL */
	int			first;
} Field;

static const char *const month_names[] = {
	"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec", NULL
};

static const char *const weekday_names[] = {
	"sun", "mon", "tue", "wed", "thu", "fri", "sat", NULL
};

#define NUM_FIELDS	5

static const Field fields[NUM_FIELDS] = {
	{"minute", 0, 59, NULL, 0},
	{"hour", 0, 23, NULL, 0},
	{"day of month", 1, 31, NULL, 0},
	{"month", 1, 12, month_names, 1},
	{"day of week", 0, 7, weekday_names, 0},
};

static const struct
{
	const char *name;
	const char *line;
}			nicknames[] =

{
	{"@hourly", "0 * * * *"},
	{"@daily", "0 0 * * *"},
	{"@midnight", "0 0 * * *"},
	{"@weekly", "0 0 * * 0"},
	{"@monthly", "0 0 1 * *"},
	{"@yearly", "0 0 1 1 *"},
	{"@annually", "0 0 1 1 *"},
};

/* A line that is being read. */
typedef struct Parser
{
	const char *line;
	const char *at;
	int			field;
} Parser;

static const char *
skip_spaces(const char *s)
{
	while (*s == ' ' || *s == '\t')
		s++;
	return s;
}

static const char *
skip_field(const char *s)
{
	while (*s != '\0' && *s != ' ' && *s != '\t')
		s++;
	return s;
}

static int
count_fields(const char *line)
{
	int			result = 0;

	for (const char *s = skip_spaces(line); *s != '\0'; s = skip_spaces(skip_field(s)))
		result++;
	return result;
}

bool
ivm_cron_is_line(const char *text)
{
	const char *s = skip_spaces(text);
	const char *second;

	/* intervals may begin with an @, too, but then a number follows */
	if (s[0] == '@' && ((s[1] >= 'a' && s[1] <= 'z') || (s[1] >= 'A' && s[1] <= 'Z')))
		return true;
	if (strchr(s, '*') != NULL)
		return true;

	/* the second field of an interval has a letter or a colon */
	second = skip_spaces(skip_field(s));
	return *second != '\0' &&
		strspn(s, "0123456789,-/") == (size_t) (skip_field(s) - s) &&
		strspn(second, "0123456789,-/") == (size_t) (skip_field(second) - second);
}

/* What is allowed in a field, a sentence. */
static const char *
allowed_in(const Field *f)
{
	return psprintf("The %s is *, a number from %d to %d%s or a range such as %s, with a step such as /2 behind * or a range, or a list of these, separated by commas.",
					f->name, f->min, f->max,
					f->names == NULL ? "" :
					f->names == month_names ? ", a name from jan to dec" : ", a name from sun to sat",
					f->names == NULL ? psprintf("%d-%d", f->min + 1, f->max / 2) :
					f->names == month_names ? "mar-oct" : "mon-fri");
}

/* Raise an error at a place of the line; reason: a clause. */
static void
report(const Parser *p, const char *at, const char *reason)
{
	const Field *f = &fields[p->field];

	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid cron line \"%s\"", p->line),
			 errdetail("In field %d, the %s, at character %d: %s.",
					   p->field + 1, f->name, (int) (at - p->line) + 1, reason),
			 errhint("%s", allowed_in(f))));
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_end(char c)
{
	return c == '\0' || c == ' ' || c == '\t';
}

/* Read an unsigned number of at most four digits. */
static int
read_number(Parser *p)
{
	const char *start = p->at;
	int			result = 0;

	while (is_digit(*p->at))
	{
		if (p->at - start >= 4)
			report(p, start, "the number is too large");
		result = result * 10 + (*p->at++ - '0');
	}
	return result;
}

/* Read a value of the field, a number or a name. */
static int
read_value(Parser *p)
{
	const Field *f = &fields[p->field];
	const char *start = p->at;
	int			result;

	if (is_digit(*start))
	{
		result = read_number(p);
		if (result < f->min || result > f->max)
			report(p, start, psprintf("%d is not from %d to %d", result, f->min, f->max));
		return result;
	}
	for (int i = 0; f->names && f->names[i]; i++)
	{
		if (pg_strncasecmp(start, f->names[i], 3) == 0)
		{
			p->at += 3;
			return f->first + i;
		}
	}
	if (is_end(*start) || *start == ',')
		report(p, start, "a value is missing");
	report(p, start, psprintf("\"%.*s\" is no value", (int) strcspn(start, " \t,"), start));
	return 0;
}

/* Read one item of a field's list; returns its bits. */
static uint64
read_item(Parser *p)
{
	const Field *f = &fields[p->field];
	const char *start = p->at;
	int			low = f->min;
	int			high = f->max;
	int			step = 1;
	bool		range = true;
	uint64		result = 0;

	if (*p->at == '*')
	{
		p->at++;
		/* Sunday once */
		if (f->names == weekday_names)
			high = 6;
	}
	else
	{
		low = high = read_value(p);
		if ((range = *p->at == '-'))
		{
			p->at++;
			high = read_value(p);
			if (high < low)
				report(p, start, psprintf("the range \"%.*s\" runs backwards", (int) (p->at - start), start));
		}
	}
	if (*p->at == '/')
	{
		const char *slash = p->at++;

		if (!range)
			report(p, slash, "a step needs * or a range before it");
		if (!is_digit(*p->at) || (step = read_number(p)) == 0)
			report(p, slash, "the step must be a number greater than zero");
	}
	for (int i = low; i <= high; i += step)
		result |= UINT64CONST(1) << i;
	return result;
}

static uint64
read_field(Parser *p)
{
	uint64		result = 0;

	for (;;)
	{
		result |= read_item(p);
		if (*p->at != ',')
			break;
		p->at++;
	}
	if (!is_end(*p->at))
		report(p, p->at, psprintf("\"%.*s\" is not expected", (int) (skip_field(p->at) - p->at), p->at));
	return result;
}

static const char *
expand_nickname(const char *line)
{
	const char *s = skip_spaces(line);
	int			len = skip_field(s) - s;

	if (*s != '@')
		return line;
	for (int i = 0; i < (int) lengthof(nicknames); i++)
	{
		if ((int) strlen(nicknames[i].name) == len &&
			pg_strncasecmp(nicknames[i].name, s, len) == 0 && *skip_spaces(s + len) == '\0')
			return nicknames[i].line;
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid cron line \"%s\"", line),
			 errhint("Names are @hourly, @daily, @midnight, @weekly, @monthly, @yearly and @annually.")));
}

/* The last day that a month can have. */
static int
longest_month(int month)
{
	return month == 2 ? 29 : day_tab[0][month - 1];
}

static bool
ever_matches(const IvmCron *cron)
{
	if (cron->either_day)
		return true;
	for (int month = 1; month <= 12; month++)
	{
		if ((cron->months & (1U << month)) == 0)
			continue;
		for (int day = 1; day <= longest_month(month); day++)
			if (cron->days & (1U << day))
				return true;
	}
	return false;
}

void
ivm_cron_parse(const char *line, IvmCron *cron)
{
	Parser		p = {.line = expand_nickname(line)};
	int			n = count_fields(p.line);
	uint64		bits[NUM_FIELDS];
	bool		restricted[NUM_FIELDS];

	if (n != NUM_FIELDS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid cron line \"%s\"", line),
				 errdetail_plural("It has %d field instead of five.",
								  "It has %d fields instead of five.", n, n),
				 errhint("The fields are minute, hour, day of month, month and day of week.")));
	p.at = p.line;
	for (; p.field < NUM_FIELDS; p.field++)
	{
		p.at = skip_spaces(p.at);
		restricted[p.field] = *p.at != '*';
		bits[p.field] = read_field(&p);
	}
	cron->minutes = bits[0];
	cron->hours = bits[1];
	cron->days = bits[2];
	cron->months = bits[3];
	cron->weekdays = (bits[4] | bits[4] >> 7) & 0x7F;
	cron->either_day = restricted[2] && restricted[4];
	if (!ever_matches(cron))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid cron line \"%s\"", line),
				 errdetail("None of its months has such a day.")));
}

/* ---- the next time ---- */

/* In seconds since 1970, what a clock shows, as if there were only UTC. */
static pg_time_t
clock_time(pg_time_t t, const pg_tz *tz)
{
	return t + pg_localtime(&t, tz)->tm_gmtoff;
}

static bool
matches_day(const IvmCron *cron, const struct pg_tm *tm)
{
	bool		day = (cron->days & (1U << tm->tm_mday)) != 0;
	bool		weekday = (cron->weekdays & (1U << tm->tm_wday)) != 0;

	if ((cron->months & (1U << (tm->tm_mon + 1))) == 0)
		return false;
	return cron->either_day ? day || weekday : day && weekday;
}

/*
 * When a clock shows a time first; if it never does, since it is put forward then, the
 * moment when that is done.  (No zone does that twice in two days.)
 */
static pg_time_t
first_moment(pg_time_t shown, const pg_tz *tz)
{
	pg_time_t	day_before = shown - SECS_PER_DAY;
	pg_time_t	day_after = shown + SECS_PER_DAY;
	pg_time_t	before = shown - pg_localtime(&day_before, tz)->tm_gmtoff;
	pg_time_t	after = shown - pg_localtime(&day_after, tz)->tm_gmtoff;
	pg_time_t	start = Min(before, after) - 1;
	pg_time_t	boundary;
	long int	gmtoff;
	int			isdst;

	/* clocks put back: the earlier of the two is by the time of before */
	if (clock_time(before, tz) == shown)
		return before;
	if (clock_time(after, tz) == shown)
		return after;
	if (pg_next_dst_boundary(&start, &gmtoff, &isdst, &boundary, &gmtoff, &isdst, tz) != 1)
		return before;
	return boundary;
}

/* 29 February on a certain day of the week comes after 40 years at the latest, as around 2100. */
#define MAX_DAYS	(366 * 41)

/* Times by the clock: day by day, hour by hour. */
static pg_time_t
next_by_clock(const IvmCron *cron, pg_time_t after, const pg_tz *tz)
{
	pg_time_t	shown = clock_time(after, tz);
	pg_time_t	day = shown - (shown % SECS_PER_DAY + SECS_PER_DAY) % SECS_PER_DAY;

	/*
	 * A gap of the day before may end today; and if clocks are put back over
	 * midnight, it is yesterday that has not yet come to its end.
	 */
	day -= SECS_PER_DAY;

	for (int n = 0; n < MAX_DAYS; n++, day += SECS_PER_DAY)
	{
		if (!matches_day(cron, pg_gmtime(&day)))
			continue;
		for (int hour = 0; hour < 24; hour++)
		{
			if ((cron->hours & (1U << hour)) == 0)
				continue;
			for (int minute = 0; minute < 60; minute++)
			{
				pg_time_t	t;

				if ((cron->minutes & (UINT64CONST(1) << minute)) == 0)
					continue;
				t = first_moment(day + hour * SECS_PER_HOUR + minute * SECS_PER_MINUTE, tz);
				if (t > after)
					return t;
			}
		}
	}
	elog(ERROR, "cron line never matches");
}

/* Of every hour: as time passes. */
static pg_time_t
next_by_time(const IvmCron *cron, pg_time_t after, const pg_tz *tz)
{
	/* offsets from UTC may have seconds, so it is the clock's minute */
	pg_time_t	t = after + SECS_PER_MINUTE - pg_localtime(&after, tz)->tm_sec;
	pg_time_t	limit = after + (pg_time_t) MAX_DAYS * SECS_PER_DAY;

	while (t < limit)
	{
		struct pg_tm tm = *pg_localtime(&t, tz);
		int			left = 24 * 60 - (tm.tm_hour * 60 + tm.tm_min);

		if (matches_day(cron, &tm))
		{
			if (cron->minutes & (UINT64CONST(1) << tm.tm_min))
				return t;
			t += SECS_PER_MINUTE;
		}
		else
			/* on to midnight, with care where a day has an hour less */
			t += (pg_time_t) (left > 180 ? left - 180 : 1) * SECS_PER_MINUTE;
	}
	elog(ERROR, "cron line never matches");
}

TimestampTz
ivm_cron_next(const IvmCron *cron, TimestampTz after, const pg_tz *tz)
{
	pg_time_t	t = timestamptz_to_time_t(after);

	if (cron->hours == (1U << 24) - 1)
		t = next_by_time(cron, t, tz);
	else
		t = next_by_clock(cron, t, tz);
	return time_t_to_timestamptz(t);
}
